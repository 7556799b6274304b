#!/usr/bin/env bash
# Make a folder like Gradescope's container and run its autograder there: root_folder.sh WORK PYTHON-PREFIX BASE-PREFIX.
# WORK holds autograder.zip and submission/. What comes out goes to WORK/results, to WORK/loot (written by the student),
# and, of a second run whose Python is broken, to WORK/broken.
# Run it as root, in a mount namespace and a process namespace of its own.
set -eu
work=$1 root=$1/root
mkdir "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
see() { # a folder of this machine, read-only
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
}
for folder in /usr /bin /sbin /lib /lib32 /lib64; do
    if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; elif [ -d "$folder" ]; then see "$folder"; fi
done
for prefix in "$2" "$3"; do
    case $prefix in /usr | /usr/*) ;; *) see "$prefix" ;; esac
done
cp -a /etc "$root/etc"
sed -i '/^student:/d' "$root"/etc/passwd "$root"/etc/group "$root"/etc/shadow
mkdir -p "$root"/proc "$root"/dev/shm "$root"/opt "$root"/root "$root"/autograder/source
chmod 700 "$root/root"
case $3 in /root/*) chmod 711 "$root/root" ;; esac # Python may be installed there
mkdir -m 1777 "$root/tmp" "$root/tmp/loot"
mount -t proc proc "$root/proc"
for device in null zero full random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
chmod 1777 "$root/dev/shm"
ln -s "$2" "$root/opt/grader"

# What Gradescope does.
"$2/bin/python" -m zipfile -e "$work/autograder.zip" "$root/autograder/source"
cp -r "$work/submission" "$root/autograder/submission"
echo '{"users": [{"email": "SECRET-METADATA"}]}' >"$root/autograder/submission_metadata.json"
cp "$root/autograder/source/run_autograder" "$root/autograder/run_autograder"
chmod 755 "$root/autograder/run_autograder"
chroot "$root" bash /autograder/source/make_user.sh
code=0
chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SECRET=SECRET-ENVIRONMENT \
    bash -c 'cd /autograder && ./run_autograder' >"$work/stdout" 2>&1 || code=$?
cp -a "$root/autograder/results" "$work/results"
cp -a "$root/tmp/loot" "$work/loot"
rm "$root/opt/grader"
chroot "$root" /autograder/run_autograder >/dev/null 2>&1 || true
cp -a "$root/autograder/results" "$work/broken"
exit $code
