/*
 * Computes from a file's mode and capabilities what the kernel computes (security/commoncap.c:
 * cap_bprm_creds_from_file; fs/exec.c: bprm_fill_uid). Cold; owns no state.
 *
 * AT_SECURE is set where the program's effective user or group differs from the caller's real one, or
 * where the program gives capabilities to a caller that is not root. So a set-user-ID root program has
 * no AT_SECURE for root.
 */
#include "launcher/program/privileges.h"

#include <endian.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/allocate.h"

static bool on_nosuid(const char *file)
{
	struct statvfs system;

	return statvfs(file, &system) == 0 && (system.f_flag & ST_NOSUID) != 0;
}

static char *describe_user(uid_t user)
{
	const struct passwd *entry = getpwuid(user);

	return entry == NULL ? allocate_text("is set-user-ID %u", (unsigned)user)
			     : allocate_text("is set-user-ID %s", entry->pw_name);
}

static char *describe_group(gid_t group)
{
	const struct group *entry = getgrgid(group);

	return entry == NULL ? allocate_text("is set-group-ID %u", (unsigned)group)
			     : allocate_text("is set-group-ID %s", entry->gr_name);
}

/* Word 0 or 1 of the bounding set, and of this process's inheritable set (capabilities(7)). */
static uint32_t bounding(unsigned word)
{
	uint32_t set = 0;

	for (unsigned bit = 0; bit < 32; bit++)
		if (prctl(PR_CAPBSET_READ, word * 32 + bit, 0, 0, 0) == 1)
			set |= UINT32_C(1) << bit;
	return set;
}

static uint32_t inheritable(unsigned word)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &header, data) == 0 ? data[word].inheritable : 0;
}

/* The file's capabilities set AT_SECURE. The kernel shows capabilities that are valid in this user
 * namespace as revision 1 or 2, others as revision 3 (cap_inode_getsecurity). */
static bool has_capabilities(const char *file)
{
	struct vfs_ns_cap_data data;
	const ssize_t size = getxattr(file, "security.capability", &data, sizeof(data));
	const uint32_t magic = size < (ssize_t)XATTR_CAPS_SZ_1 ? 0 : le32toh(data.magic_etc);
	unsigned words;

	if ((magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_1 && size == XATTR_CAPS_SZ_1)
		words = VFS_CAP_U32_1;
	else if ((magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_2 &&
		 size == XATTR_CAPS_SZ_2)
		words = VFS_CAP_U32_2;
	else
		return false;
	if ((magic & VFS_CAP_FLAGS_EFFECTIVE) != 0)
		return true;
	for (unsigned word = 0; word < words; word++)
		if ((le32toh(data.data[word].permitted) & bounding(word)) != 0 ||
		    (le32toh(data.data[word].inheritable) & inheritable(word)) != 0)
			return true;
	return false;
}

char *privileges_of(const char *file)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	struct stat status;
	const bool counts = stat(file, &status) == 0 && !on_nosuid(file);

	/* no_new_privs disables the set-ID bits, but not the capabilities' effective bit. */
	if (counts && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
		if ((status.st_mode & S_ISUID) != 0)
			user = status.st_uid;
		/* S_ISGID without S_IXGRP is no set-group-ID: it meant mandatory locking. */
		if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
			group = status.st_gid;
	}
	if (user != getuid())
		return describe_user(user);
	if (group != getgid())
		return describe_group(group);
	if (counts && getuid() != 0 && has_capabilities(file))
		return allocate_text("has file capabilities");
	return NULL;
}

bool privileges_may_trace(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & (UINT32_C(1) << CAP_SYS_PTRACE)) != 0;
}
