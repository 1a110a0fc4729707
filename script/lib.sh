# shellcheck shell=bash
# Shared by the scripts. Sourced, never run.

set -euo pipefail
unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
var=$root/var
cd "$root"

# make passes its flags and job slots to its recipes; cargo and build scripts must not use them.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

say() { printf 'till: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- var/ -----------------------------------------------------------------------------------------------------------

# A file that root makes in another user's checkout (sudo make run) gets the owner of its folder, who could not use it
# otherwise.
owned_like_folder() { [[ $EUID -ne 0 ]] || chown --reference="$(dirname -- "$1")" -- "$1"; }

prepare_var() {
  if [[ ! -d $var ]]; then
    # -p: another script may just have made it. 711: the account that runs the servers must get through.
    (umask 066 && mkdir -p -- "$var" 2>/dev/null) || die "cannot make $var: run as the owner of this checkout"
    owned_like_folder "$var"
  fi
  [[ -w $var ]] || die "cannot write to $var: run as its owner, $(stat -c %U -- "$var")"
}

# secret FILE BYTES: prints the secret in FILE, which is created at first use. `mv -n`: of two created at once the first
# counts.
secret() {
  local new=$1.$BASHPID
  if [[ ! -s $1 ]]; then
    (umask 077 && od -An -vtx1 "-N$2" /dev/urandom | tr -d ' \n' >"$new")
    owned_like_folder "$new"
    mv -n -- "$new" "$1"
    rm -f -- "$new"
  fi
  cat -- "$1"
}

# --- installed programs ---------------------------------------------------------------------------------------------

need_cargo() {
  # rustup installs cargo here; shells started before that do not have it in their PATH.
  command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  command -v cargo >/dev/null ||
    die 'cargo is missing: install Rust as https://rustup.rs says, open a new shell, and try again'
}

# find_postgres VERSION: prints the folder of PostgreSQL's server programs: of this major version, or with any the
# newest.
find_postgres() {
  local bin
  for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname -- "$(command -v initdb || echo /none/x)")"; do
    [[ -x $bin/initdb && -x $bin/pg_ctl && -x $bin/psql ]] || continue
    [[ $1 == any || $("$bin/initdb" --version) =~ \ $1(\.|$) ]] || continue
    echo "$bin"
    return
  done
  return 1
}

# Prints each program that can be the Redis server, the likeliest first. Debian's redis-tools has it under the name
# redis-check-rdb: one program that acts by the name under which it is called. So the package redis-server, which starts
# a system service, is not needed.
find_redis() {
  command -v redis-cli >/dev/null && { type -aP redis-server redis-check-rdb || true; } | grep .
}

find_browser() {
  local program
  for program in "${CHROME-}" chromium google-chrome google-chrome-stable chromium-browser /snap/bin/chromium; do
    # Run it: on Ubuntu chromium-browser may be a script that only says what to install.
    if [[ $program ]] && "$program" --version &>/dev/null; then command -v "$program"; return; fi
  done
  return 1
}

find_driver() {
  local program
  for program in "${CHROMEDRIVER-}" chromedriver chromium.chromedriver /snap/bin/chromium.chromedriver; do
    if [[ $program ]] && "$program" --version &>/dev/null; then command -v "$program"; return; fi
  done
  return 1
}

port_taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- using the services ---------------------------------------------------------------------------------------------

# The services that the environment does not name, so this checkout starts them.
private_services() {
  [[ ${DATABASE_URL-} ]] || echo postgres
  [[ ${REDIS_URL-} ]] || echo redis
}

# use_services DATABASE NUMBER [--keep]: starts the needed services; sets DATABASE_URL and REDIS_URL.
use_services() {
  local wanted answer name url
  mapfile -t wanted < <(private_services)
  if [[ ${#wanted[@]} -gt 0 ]]; then
    answer=$(script/services start "${@:3}" "${wanted[@]}") || exit 1
    while read -r name url; do
      case $name in
        postgres) DATABASE_URL=$url/$1 ;;
        redis) REDIS_URL=$url/$2 ;;
      esac
    done <<<"$answer"
  fi
  export DATABASE_URL REDIS_URL
}

# --- running programs so that a signal stops all of them ------------------------------------------------------------
#
# Ctrl-C reaches every process of the terminal's foreground group at once. But the shop must stop before its database,
# so each child gets a session of its own and receives signals only from this script.

child='' signal='' asked_at=0 watcher='' helper=''

on_signal() {
  if [[ -z $signal ]]; then
    signal=$1 asked_at=$SECONDS
    tell_child "$1"
  elif ((SECONDS - asked_at >= 2)); then
    tell_child KILL # the second signal kills. At the same moment it is the same Ctrl-C, received in another way.
  fi
}

tell_child() {
  [[ -z $child ]] || kill "-$1" -- "-$child" 2>/dev/null || kill "-$1" "$child" 2>/dev/null || :
}

# supervise: from now on signals stop the child; at the end the services are stopped too, unless another script uses
# them.
supervise() {
  prepare_var
  # A shared lock of all scripts that use the services; `script/services release` stops them when nobody holds it.
  exec {lease}>>"$var/lease"
  owned_like_folder "$var/lease"
  flock -s "$lease"
  trap finish EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM HUP
  trap '[[ $signal ]] || on_signal TERM' USR1
  watch_make & watcher=$!
}

finish() {
  local status=$?
  trap '' INT TERM HUP USR1
  kill "$watcher" 2>/dev/null || :
  [[ -z $helper ]] || kill "$helper" 2>/dev/null || :
  exec {lease}>&-
  script/services release || :
  case $signal in
    INT) exit 130 ;;
    TERM) exit 143 ;;
    *) exit "$status" ;;
  esac
}

# make passes SIGTERM on to its recipe. But after SIGINT or SIGHUP it only waits for the recipe, since the terminal
# sends those to both; and if make is killed, the recipe gets no signal. Both can be seen: the first in make's mask of
# caught signals, the second by its absence.
watch_make() {
  local never name line now at_first=''
  exec </dev/null &>/dev/null {lease}>&-
  [[ ${MAKELEVEL-} ]] && read -r name <"/proc/$PPID/comm" && [[ $name == *make ]] || return 0
  exec {never}<> <(:)
  while line=$(grep SigCgt: "/proc/$PPID/status"); do
    now=$((16#${line##*[[:space:]]} & 3))
    at_first=${at_first:-$now}
    [[ $now == "$at_first" ]] || break
    read -rt 1 -u "$never" || : # sleeps without a process that could be left behind
  done
  kill -USR1 $$
}

# start_helper COMMAND...: starts it beside the child; it ends with the script.
start_helper() {
  setsid "$@" {lease}>&- >/dev/null &
  helper=$!
}

# run_child COMMAND...: runs it to its end and returns its status; leaves no process of it behind.
run_child() {
  local status=0
  [[ -z $signal ]] || exit 1
  # A background child of a script ignores SIGINT by default.
  setsid env --default-signal=INT,QUIT "$@" {lease}>&- &
  child=$!
  [[ -z $signal ]] || tell_child "$signal"
  while :; do
    status=0
    wait "$child" || status=$?
    kill -0 "$child" 2>/dev/null || break # otherwise only a signal ended the wait
  done
  end_session "$child"
  child=''
  [[ -z $signal ]] || exit 1
  return "$status"
}

# Kills what a child left in its session, such as the browser of a test that crashed.
end_session() {
  local stat line pid session
  for stat in /proc/[0-9]*/stat; do
    read -rd '' line 2>/dev/null <"$stat" || [[ ${line-} ]] || continue
    # "PID (NAME) STATE PARENT GROUP SESSION ...", where NAME may contain anything.
    pid=${line%% *}
    read -r _ _ _ session _ <<<"${line##*) }"
    [[ $session != "$1" ]] || kill -KILL "$pid" 2>/dev/null || :
  done
}
