"""A PostgreSQL server of one's own for the integration tests; src/testing/postgres_cluster.h is the same in C++."""

import glob
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time

from telnet import PATIENCE

USER, PASSWORD, DATABASE = "wyld", "swordfish", "wyld"

# $1 binaries, $2 folder, $3 port. Standard input is the leash: a line names the signal that ends the server; when the
# other end just goes away, the folder goes too.
SHELL = r"""
cd "$2" && exec >>log 2>&1
[ -d data ] || "$1/initdb" -D data -N -U postgres -E UTF8 --locale=C.UTF-8 \
  --auth-local=trust --auth-host=scram-sha-256 || exit 1
"$1/postgres" -D data -k "$2" -p "$3" -c listen_addresses=127.0.0.1 </dev/null &
read -r how
kill -s "${how:-QUIT}" $!
wait $!
[ -n "$how" ] || { cd / && rm -rf "$2"; }
"""


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise AssertionError("there is no initdb in /usr/lib/postgresql/*/bin; script/bootstrap installs it")
    return os.path.dirname(found[-1])


def free_port():
    """Below the ports that the system hands out by itself, so that nobody takes it while the server restarts."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class PostgresCluster:
    """Started when made, in a folder under /tmp that goes with it, also when this process is killed."""

    def __init__(self, test=None):
        self.binaries = binaries()
        self.folder = tempfile.mkdtemp(prefix="wyld-pg-", dir="/tmp")  # short: the path of a socket is limited
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.shell = None
        if test:
            test.addCleanup(self.close)
        for attempt in range(3):
            self.port = free_port()
            try:
                self.start()
                break
            except AssertionError:
                if attempt == 2:
                    raise
        self.sql("CREATE ROLE %s LOGIN PASSWORD '%s'" % (USER, PASSWORD), "postgres")
        self.create_database(DATABASE)

    def url(self, database=DATABASE, user=USER, password=PASSWORD):
        return "postgresql://%s:%s@127.0.0.1:%d/%s" % (user, password, self.port, database)

    def socket_url(self, database=DATABASE, user=USER):
        return "postgresql:///%s?host=%s&port=%d&user=%s" % (database, self.folder, self.port, user)

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as text:
                return text.read()
        except OSError:
            return ""

    def start(self):
        if self.shell:
            return
        seen = len(self.log())
        line = ["sh", "-c", SHELL, "sh", self.binaries, self.folder, str(self.port)]
        if os.geteuid() == 0:
            line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] + line
        self.shell = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, start_new_session=True, cwd="/")
        end = time.monotonic() + PATIENCE
        ready = [os.path.join(self.binaries, "pg_isready"), "-q", "-h", self.folder, "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode != 0:
            said = self.log()[seen:]
            if self.shell.poll() is not None or "database system is shut down" in said or time.monotonic() > end:
                self.stop("immediate")
                raise AssertionError("no private PostgreSQL server:\n" + said)
            time.sleep(0.01)

    def stop(self, how="fast"):
        """"fast" cuts the connections and writes everything; "immediate" is as if it had crashed."""
        if not self.shell:
            return
        self.shell.communicate(b"INT\n" if how == "fast" else b"QUIT\n", timeout=PATIENCE)
        self.shell = None

    def restart(self, how="fast"):
        self.stop(how)
        self.start()

    def sql(self, text, database=DATABASE):
        """Runs statements as the superuser. Rows are lines, columns are separated by "|"."""
        done = subprocess.run([os.path.join(self.binaries, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1",
                               self.socket_url(database, "postgres")], input=text, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise AssertionError("%s\n%s" % (text, done.stderr))
        return done.stdout.rstrip("\n")

    def create_database(self, name):
        self.sql("CREATE DATABASE %s OWNER %s" % (name, USER), "postgres")

    def terminate_connections(self):
        """Cuts all connections of clients, and returns when they are gone; new ones are welcome."""
        self.sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                 " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'", "postgres")

    def close(self):
        if self.shell:
            self.shell.stdin.close()
            self.shell.wait(PATIENCE)
            self.shell = None
        shutil.rmtree(self.folder, ignore_errors=True)
