// The same in node: one question to the port that is given; prints how it ended.
const net = require("net");
const begun = Date.now();
const client = net.connect(Number(process.argv[2]), "127.0.0.1", () => client.write("hello\n"));

function end(how) {
	console.log(how, Date.now() - begun);
	process.exit(0);
}

client.on("data", (data) => end(data.toString().split("\r\n")[0]));
client.on("error", (error) => end(error.code));
client.on("end", () => end("end"));
