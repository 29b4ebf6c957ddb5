#!/bin/sh
# The last step of an image build, as root: turn the image into the root of a sandbox. It removes everything that running
# a program does not need, and adds the users that programs run as.
#
# It lists what to keep, not what to remove: a file of a Debian package is kept if the package is named on the command
# line, or if it is a shared library that a kept file is linked to. Files that no package owns (/usr/local, files in /etc
# made during installation) are kept, except for the directories named below. Afterwards the image has no package
# manager, no Perl, no compiler that was not named, no setuid or setgid file, and programs can write only to /tmp,
# /var/tmp and /workspace.
#
#   sandbox-root.sh PACKAGE...    in addition to those of every sandbox; 'gcc-[0-9]*' is gcc of any version
set -eu

cd "$(mktemp -d)"
# libgcc_s is loaded by name when a thread ends; no file links to it.
for package in "$@" base-files coreutils dash findutils grep libc-bin libc6 libgcc-s1 libnss-myhostname netbase sed time \
    tzdata; do
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$package" 2>/dev/null | sed -n 's/^installed //p' | grep . || {
        echo "sandbox-root: $package is not installed" >&2
        exit 1
    }
done >named
sort -u named >kept

# 1. The files of other packages. (/bin, /sbin and /lib are links into /usr; packages use either name.)
real_paths() { sed 's,^/\(bin\|sbin\|lib\|lib32\|lib64\|libx32\)/,/usr/\1/,' | sort -u; }
dpkg-query -W -f '${Package}\n' | sort -u | comm -23 - kept >dropped
xargs dpkg-query -L <kept | real_paths >stays
xargs dpkg-query -L <dropped | grep '^/' | real_paths | comm -23 - stays >goes

# 2. Except for shared libraries that kept files are linked to, directly or indirectly.
find /usr -xdev -type f \( -perm -u+x -o -name '*.so' -o -name '*.so.*' \) | sort | comm -23 - goes |
    xargs ldd 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u >linked
{ cat linked && xargs readlink -f <linked; } | real_paths >needed

# In one command: the tools that remove them (findutils, bash, Perl) are among them.
comm -23 goes needed | while read -r path; do
    if [ -L "$path" ] || [ -f "$path" ]; then echo "$path"; fi
done >removed
xargs -d '\n' rm -f <removed

# 3. What the packages made or left beside their files.
# shellcheck disable=SC2114 # system directories are just what this is to delete
rm -rf /boot /home /media /mnt /opt /srv /root/.[!.]* /run/lock \
    /etc/alternatives /etc/apt /etc/ca-certificates* /etc/cron.* /etc/default /etc/dpkg /etc/init.d /etc/kernel \
    /etc/logrotate.d /etc/pam.d /etc/profile.d /etc/rc?.d /etc/security /etc/skel /etc/ssl /etc/systemd /etc/terminfo \
    /etc/update-motd.d /etc/*- /etc/.pwd.lock /etc/bindresvport.blacklist /etc/environment /etc/fstab /etc/gshadow \
    /etc/inputrc /etc/issue* /etc/motd /etc/profile /etc/shadow /etc/shells /etc/subgid /etc/subuid \
    /usr/bin/catchsegv /usr/bin/ldd /usr/bin/tzselect /usr/sbin/update-passwd \
    /usr/games /usr/src /usr/local/games /usr/local/include /usr/local/man /usr/local/share /usr/local/src \
    /usr/share/base-files /usr/share/bash-completion /usr/share/bug /usr/share/ca-certificates \
    /usr/share/common-licenses /usr/share/debconf /usr/share/debianutils /usr/share/doc /usr/share/doc-base \
    /usr/share/info /usr/share/keyrings /usr/share/libc-bin /usr/share/lintian /usr/share/locale /usr/share/man \
    /usr/share/menu /usr/share/perl* \
    /var/backups /var/cache /var/lib/apt /var/lib/dpkg /var/lib/pam /var/lib/shells.state /var/lib/systemd /var/local \
    /var/log /var/mail /var/opt /var/spool
find / -xdev -type d -name __pycache__ -prune -exec rm -rf {} +
find /usr /etc /var -xdev -xtype l -delete # links to removed files
find /usr /etc /var -xdev -depth -type d -empty -delete

# 4. Users. Simultaneous sandboxes run under different uids of this range, because the kernel counts some limits per uid
# across containers (pipe buffers, inotify, queued signals). Each uid needs a name.
sed -i -e '/^\(root\|nobody\):/!d' -e 's|^root:.*|root:x:0:0:root:/root:/usr/sbin/nologin|' /etc/passwd
sed -i '/^\(root\|tty\|nogroup\):/!d' /etc/group
echo 'runner:x:20000:' >>/etc/group
seq 20000 20999 | sed 's|.*|runner:x:&:20000:runner:/workspace:/usr/sbin/nologin|' >>/etc/passwd

# 5. A container without a network has an empty /etc/hosts: nss-myhostname resolves localhost.
sed -i 's/^hosts:.*/hosts: files myhostname/' /etc/nsswitch.conf

# 6. Permissions.
find / -xdev \( -perm -4000 -o -perm -2000 \) ! -type l -exec chmod ug-s {} +
find / -xdev -perm -0002 ! -type l ! -type c ! -path /proc -exec chmod o-w {} +
mkdir -p /tmp /var/tmp /run /usr/local/sbin /workspace
ldconfig
cd /
rm -rf /tmp/* /var/tmp/* /var/cache /var/log
chmod 1777 /tmp /var/tmp /workspace
