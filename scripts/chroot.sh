# Chroots of Debian, for tests. Sourced after common.sh; root, with debootstrap.
# shellcheck shell=bash disable=SC2154 # build is of common.sh

# The release of this system, such as bookworm.
chroot_release() {
	(. /etc/os-release && echo "$VERSION_CODENAME")
}

# The mirror from which this system gets its own release.
chroot_mirror() {
	# shellcheck disable=SC2016 # expanded by apt-get
	apt-get indextargets --format '$(CODENAME) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v release="$(chroot_release)" '$1 == release && $2 == "Debian" { print $3; exit }'
}

# chroot_make DIRECTORY RELEASE [PACKAGE]...: a small system of RELEASE in DIRECTORY, with PACKAGEs, and
# with this system's settings for apt. RELEASE-i386 is a system of 32-bit programs.
chroot_make() {
	local place=$1 release=${2%-i386} mirror setting architecture=()
	[ "$release" = "$2" ] || architecture=(--arch=i386)
	shift 2
	mirror=$(chroot_mirror)
	[ -n "$mirror" ] || die "apt has no mirror of Debian's"
	quietly "$build/debootstrap.log" debootstrap --variant=minbase "${architecture[@]}" "$release" "$place" \
		"$mirror" ||
		return 1
	# Other users than root reach the files, too.
	chmod 755 "$place"
	# A mount of its own, so that mount namespaces can be made inside.
	mount --bind "$place" "$place"
	mount -t proc proc "$place/proc"
	# Without /sys, libc looks for the processors in vain, and errno changes in the tests.
	mount --bind /sys "$place/sys"
	mount --rbind /dev "$place/dev"
	mount --make-rslave "$place/dev"
	cp /etc/resolv.conf "$place/etc/resolv.conf"
	# The address of localhost; debootstrap leaves no such file.
	cp /etc/hosts "$place/etc/hosts"
	for setting in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
		! grep -qsi proxy "$setting" || cp "$setting" "$place/etc/apt/apt.conf.d"
	done
	[ $# -eq 0 ] || quietly "$build/chroot-install.log" chroot "$place" env \
		DEBIAN_FRONTEND=noninteractive apt-get -o APT::Sandbox::User=root install -y \
		--no-install-recommends "$@"
}

# chroot_run DIRECTORY COMMAND [ARG]...: runs COMMAND with the chroot as the root of a mount namespace. In
# a mere chroot, programs that make mount namespaces find themselves (/proc/self/exe) under a wrong path.
chroot_run() {
	local place=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount sh -c 'cd "$1" && shift && pivot_root . . && umount -l . && cd / && exec "$@"' \
		sh "$place" "$@"
}

# chroot_remove DIRECTORY: removes the chroot. Nothing is removed while a file system is mounted there.
chroot_remove() {
	local place=$1 directory
	for directory in /proc /sys /dev ''; do
		! mountpoint -q "$place$directory" || umount -R "$place$directory" || return 1
	done
	rm -rf --one-file-system "$place"
}
