#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the Debian packages that are missing.  usage: install-deps.sh build|test...
# With GAMLP_SKIP_INSTALL=1 nothing is looked for: for systems prepared in another way.
set -eu

packages() {
    case $1 in
    build)
        echo gcc libc6-dev cmake ninja-build pkg-config libopenblas-openmp-dev libigraph-dev \
            nettle-dev libzip-dev libjansson-dev libyaml-dev librandom123-dev \
            libsodium-dev libxxhash-dev libisal-dev libcurl4-openssl-dev libsuitesparse-dev \
            libzmq3-dev libzstd-dev liblz4-dev
        ;;
    test)
        echo g++ clang clang-format llvm libclang-rt-dev libomp-dev libcmocka-dev python3 \
            python3-numpy python3-torch python3-zmq python3-yaml groff-base iproute2 nftables openssh-client \
            openssh-server munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins
        ;;
    *)
        echo "install-deps.sh: unknown group '$1', expected build or test" >&2
        exit 64
        ;;
    esac
}

installed() {
    test "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed
}

test -z "${GAMLP_SKIP_INSTALL-}" || exit 0
wanted=
for group in "$@"; do wanted="$wanted $(packages "$group")"; done

system=unknown
# shellcheck disable=SC1091
test ! -r /etc/os-release || system=$(. /etc/os-release && echo "${ID-} ${ID_LIKE-}")
case " $system " in
*" debian "* | *" ubuntu "*) ;;
*)
    echo "This script installs packages on Debian and Ubuntu only.  Please install what these" \
        "Debian packages hold, then set GAMLP_SKIP_INSTALL=1 and start again:" >&2
    # shellcheck disable=SC2086
    printf '    %s\n' $wanted >&2
    exit 1
    ;;
esac

missing=
for package in $wanted; do installed "$package" || missing="$missing $package"; done
test -n "$missing" || exit 0

echo "== Installing$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Not root and no sudo: please have these packages installed:$missing" >&2
        exit 1
    fi
    sudo=sudo
fi
apt() { # its hundreds of lines of progress help nobody
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# sshd, munge and Slurm are for tests that start them themselves: no service is to start by itself.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
    $sudo chmod 755 $policy
    # shellcheck disable=SC2064
    trap "$sudo rm -f $policy" EXIT
fi
apt update
# shellcheck disable=SC2086
apt install --no-install-recommends $missing
