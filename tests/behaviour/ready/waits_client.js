// A client of libuv's whose server is silent: it is told, and the loop goes on.
const net = require('net');

const server = net.createServer(() => {});
server.on('connection', (peer) => peer.on('error', () => {}));
server.listen(0, '127.0.0.1', () => {
	const client = net.connect(server.address().port, '127.0.0.1');

	client.on('connect', () => client.write('hello'));
	client.on('error', (error) => {
		const said = error.code;
		setTimeout(() => {
			console.log(said);
			process.exit(0);
		}, 700);
	});
});
