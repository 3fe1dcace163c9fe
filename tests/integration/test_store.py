"""Sessions and accounts that outlive the gateway: SQLite and PostgreSQL, killed, stopped, full and refused."""

import atexit
import os
import random
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request
import uuid

import harness
import postgres
import telnet
from telnet import PATIENCE

KILLS = int(os.environ.get("WYLDGATE_KILLS") or (10 if harness.QUICK else 50))
SHARDS = 2
KILL_SEED = int(os.environ.get("WYLDGATE_SEED") or random.SystemRandom().randrange(1 << 32))


CLUSTERS = []  # at most one, for all tests that do not stop it


def shared_cluster():
    if not CLUSTERS:
        CLUSTERS.append(postgres.PostgresCluster())
        atexit.register(CLUSTERS[0].close)
    return CLUSTERS[0]


class SqliteFile:
    """A database file of its own; survives the gateways of one test."""

    def __init__(self, test):
        self.path = os.path.join(test.folder(), "state", "wyldgate.db")
        self.url = "sqlite:" + self.path

    def settle(self):
        """Nothing of a process that was killed is still going on."""

    def query(self, sql):
        with sqlite3.connect("file:%s?mode=ro" % self.path, uri=True, timeout=60) as connection:
            return connection.execute(sql).fetchall()

    def states(self):
        """Session id -> state."""
        return {str(uuid.UUID(bytes=i)): s for i, s in self.query("SELECT id, state FROM sessions")}


class PostgresDatabase:
    """A database of its own in the run's private cluster."""

    def __init__(self, test, cluster=None):
        self.cluster = cluster or shared_cluster()
        self.name = "t" + uuid.uuid4().hex[:12]
        self.cluster.create_database(self.name)
        self.url = self.cluster.url(self.name)

    def settle(self):
        """What a process that was killed had sent is committed, or never will be."""
        backends = "SELECT pid FROM pg_stat_activity WHERE datname = '%s' AND backend_type = 'client backend' " \
                   "AND pid <> pg_backend_pid()" % self.name
        wait_until(lambda: not self.query(backends), "the end of the killed gateway's connections")

    def query(self, sql):
        lines = self.cluster.sql(sql, database=self.name).splitlines()
        return [tuple(line.split("|")) for line in lines if line]

    def states(self):
        return dict(self.query("SELECT id, state FROM sessions"))


def get(gateway, path):
    """Status and text of an HTTP request."""
    try:
        with urllib.request.urlopen(gateway.http_url.rstrip("/") + path, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode().strip()


def wait_until(condition, what, timeout=PATIENCE):
    end = time.monotonic() + timeout
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError("never: %s" % what)
        select_a_moment()


def select_a_moment():
    threading.Event().wait(0.02)


class Stored(harness.Case):
    def start(self, database, config=None, http=False, **more):
        sections = {"log": {"level": "debug"}}
        for section, keys in (config or {}).items():
            sections.setdefault(section, {}).update(keys)
        return self.gateway(config=sections, arguments=("--store", database.url), http=http, **more)

    def wait_durable(self, gateway, count):
        wait_until(lambda: len(said(gateway, "session_durable")) >= count, "%d durable sessions" % count)


def said(gateway, event):
    """Ids of the sessions that the log names with `event`."""
    with gateway.more:
        return re.findall(r" %s session=([0-9a-f-]{36})" % event, gateway.output)


def made_at(session):
    """When a session began, in seconds: a UUIDv7 starts with its time in milliseconds (RFC 9562 section 5.7)."""
    return int(session.replace("-", "")[:12], 16) / 1000


class Crowd:
    """Players that come and go, at most a thousand times a second (the log keeps up), until stop() or the end of it.

    After stay() they only come, until `here_max` more are here.
    """

    def __init__(self, port, seed, here_max=25):
        self.port, self.random, self.here_max = port, random.Random(seed), here_max
        self.came = self.went = 0
        self.stopping, self.staying = threading.Event(), threading.Event()
        self.settled = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        here = []
        try:
            while not self.stopping.is_set():
                if self.staying.is_set() and not self.settled.is_set():
                    self.here_max += len(here)
                    self.settled.set()
                if len(here) < self.here_max and (not here or self.staying.is_set() or self.random.random() < 0.6):
                    player = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
                    here.append(player)
                    self.came += 1
                    if self.random.random() < 0.5:
                        player.sendall(b"P%s\r\n" % "".join(
                            self.random.choice("abcdefghij") for _ in range(10)).encode())
                elif not self.staying.is_set():
                    here.pop(self.random.randrange(len(here))).close()
                    self.went += 1
                self.stopping.wait(0.001)
        except OSError:
            pass
        finally:
            for player in here:
                player.close()

    def stay(self):
        self.staying.set()
        assert self.settled.wait(PATIENCE), "the crowd has ended"

    def stop(self):
        self.stopping.set()
        self.thread.join(PATIENCE)


class Crash(Stored):
    """SIGKILL at any moment: what was acknowledged is there, what was not is whole or absent, nothing is twice."""

    def crash_again_and_again(self, database, kills=KILLS):
        rng = random.Random(KILL_SEED)
        print("  seed WYLDGATE_SEED=%d" % KILL_SEED, flush=True)
        held = {}  # what must be there from now on: id -> its state when the gateway was killed
        durable = 0
        for number in range(kills):
            began = time.time()
            gateway = self.start(database, {"server": {"shards": SHARDS}})
            crowd = Crowd(gateway.telnet_port, rng.random())
            gateway.expect("session_opened")
            threading.Event().wait(rng.uniform(0.0, 0.25))
            # Lines that wait to be written are lost with the process. So the log is complete about those who went
            # before the kill; about those who still come it may be behind.
            crowd.stay()
            wait_until(lambda: len(said(gateway, "session_(?:closed|held)")) >= crowd.went, "the end of all who went")
            threading.Event().wait(rng.uniform(0.0, 0.02))
            gateway.signal(signal.SIGKILL)
            gateway.exit_code()
            crowd.stop()

            opened, acknowledged = said(gateway, "session_opened"), said(gateway, "session_durable")
            closed, forgotten = set(said(gateway, "session_closed")), set(said(gateway, "session_forgotten"))
            durable += len(acknowledged)
            where = "kill %d of seed %d" % (number, KILL_SEED)
            database.settle()
            self.assertEqual(len(opened), len(set(opened)), where)
            stored = database.states()
            must = set(acknowledged) - closed
            self.assertEqual(must - set(stored), set(), "lost at " + where)
            self.assertEqual(set(held) - set(stored), set(), "a held session is lost at " + where)
            self.assertEqual(set(stored) & forgotten - set(held), set(), "came back at " + where)
            strangers = set(stored) - set(opened) - set(held)
            self.assertLessEqual(len(opened) + len(strangers), crowd.came, "came from nowhere at " + where)
            self.assertEqual([each for each in strangers if made_at(each) < began - 1], [], "came back at " + where)
            # A player who left in that moment: over, and its row about to go.
            held = {session: state for session, state in stored.items() if state != "Closed"}

        gateway = self.start(database)
        count = int(gateway.expect(r"sessions_held count=(\d+)").group(1))
        stored = database.states()
        self.assertEqual(set(stored), set(held))
        self.assertEqual(count, len(held))
        self.assertEqual(set(stored.values()) - {"Disconnected"}, set())
        self.assertGreater(durable, kills)
        print("  %d kills, %d acknowledged sessions, %d held" % (kills, durable, len(held)), flush=True)
        self.enter_demo(gateway, "Afterwards")

    def test_sqlite_keeps_what_it_acknowledged(self):
        self.crash_again_and_again(SqliteFile(self))

    def test_postgres_keeps_what_it_acknowledged(self):
        self.crash_again_and_again(PostgresDatabase(self))


class Restart(Stored):
    def held_with_metadata(self, database, capabilities_sql):
        gateway = self.start(database)
        policy = telnet.Policy(will={telnet.TTYPE, telnet.NAWS}, size=(132, 43))
        self.enter_demo(gateway, "Alice", policy)
        self.wait_durable(gateway, 1)
        wait_until(lambda: "XTERM" in str(database.query(capabilities_sql)), "the terminal in the database")
        before = database.query("SELECT id, protocol, address, created_at FROM sessions")
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        gateway = self.start(database)
        gateway.expect("sessions_held count=1 stored=1")
        self.assertEqual(list(database.states().values()), ["Disconnected"])
        self.assertEqual(database.query("SELECT id, protocol, address, created_at FROM sessions"), before)
        capabilities = str(database.query(capabilities_sql))
        self.assertIn("XTERM", capabilities)
        self.assertIn("132", capabilities)

    def test_sqlite_finds_the_session_with_its_metadata(self):
        self.held_with_metadata(SqliteFile(self), "SELECT capabilities FROM sessions")

    def test_postgres_finds_the_session_with_its_metadata(self):
        self.held_with_metadata(PostgresDatabase(self), "SELECT capabilities FROM sessions")

    def test_a_clean_stop_leaves_those_who_can_come_back(self):
        for database in (SqliteFile(self), PostgresDatabase(self)):
            gateway = self.start(database)
            alice = self.enter_demo(gateway, "Alice")
            alice.wait(lambda: b"type: resume " in alice.text, "a code")
            bob = gateway.client()  # has no code yet, and nothing to come back to
            bob.expect("Your name: ")
            bob.line("new")  # a word that is no name here
            self.wait_durable(gateway, 2)
            gateway.stop()
            self.assertEqual(list(database.states().values()), ["Disconnected"])
            self.assertEqual([session for session in database.states()], said(gateway, "session_left_to_store"))

    def test_a_held_session_is_forgotten_when_its_time_is_over(self):
        database = SqliteFile(self)
        gateway = self.start(database)
        self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        gateway = self.start(database, {"limits": {"hold": "1s"}})
        gateway.expect("sessions_held count=1")
        gateway.expect("sessions_expired count=1")
        wait_until(lambda: not database.states(), "an empty table")

    def test_several_gateways_start_at_once_on_an_empty_database(self):
        for database in (SqliteFile(self), PostgresDatabase(self)):
            results = []

            def start():
                gateway = self.start(database)
                gateway.expect("is open")
                results.append(gateway)

            threads = [threading.Thread(target=start) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(results), 4)
            self.assertEqual(len(database.query("SELECT instance FROM gateways")), 4)
            for gateway in results:
                self.enter_demo(gateway, "Alice")
                self.wait_durable(gateway, 1)
            # Each finds its own again, and takes nobody else's.
            results[0].signal(signal.SIGKILL)
            results[0].exit_code()
            again = self.start(database)
            again.expect("sessions_held count=1 stored=1")
            states = sorted(database.states().values())
            self.assertEqual(states, ["Disconnected", "Playing", "Playing", "Playing"])
            for gateway in results[1:] + [again]:
                gateway.stop()


class DatabaseAway(Stored):
    """PostgreSQL stops, breaks connections, refuses to write: play goes on, and nothing is lost or doubled."""

    def setUp(self):
        super().setUp()
        self.cluster = postgres.PostgresCluster()  # one to be stopped, not the shared one
        self.addCleanup(self.cluster.close)
        self.database = PostgresDatabase(self, self.cluster)

    def degraded(self, gateway):
        status, text = get(gateway, "/readyz")
        return (status, text) if text.startswith("degraded: store unreachable since ") else None

    def wait_recovered(self, gateway):
        wait_until(lambda: get(gateway, "/readyz") == (200, "ok"), "/readyz ok")

    def assert_rows_are_the_living(self, gateway, count):
        wait_until(lambda: len(self.database.states()) == count, "%d rows; there are %r" % (
            count, self.database.states()))
        opened = set(said(gateway, "session_opened")) - set(said(gateway, "session_closed"))
        self.assertEqual(set(self.database.states()), opened)

    def test_the_server_stops_and_starts_under_players(self):
        gateway = self.start(self.database, config={"limits": {"hold": "1s"}}, http=True)
        alice, bob = self.enter_demo(gateway, "Alice"), self.enter_demo(gateway, "Bob")
        self.wait_durable(gateway, 2)
        for mode in ("fast", "immediate"):
            self.cluster.stop(mode)
            status, text = wait_until(lambda: self.degraded(gateway), "degraded")
            self.assertEqual(status, 200)
            self.assertRegex(text, r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
            alice.line("say still here")
            bob.expect("Alice says, \"still here\"")
            carol = self.enter_demo(gateway, "Carol")  # new players are let in
            durable = len(said(gateway, "session_durable"))
            self.cluster.start()
            self.wait_recovered(gateway)
            self.wait_durable(gateway, durable + 1)
            self.assert_rows_are_the_living(gateway, 3)
            carol.close()
            self.assert_rows_are_the_living(gateway, 2)

    def test_connections_are_terminated_under_load(self):
        gateway = self.start(self.database, config={"limits": {"hold": "1s"}}, http=True)
        crowd = Crowd(gateway.telnet_port, 7)
        for _ in range(20):
            self.cluster.terminate_connections()
            select_a_moment()
        crowd.stop()
        gateway.wait_for_sessions(0)
        wait_until(lambda: self.database.states() == {}, "an empty table")
        opened = said(gateway, "session_opened")
        wait_until(lambda: len(said(gateway, "session_forgotten")) == len(opened), "every removal acknowledged")
        self.assertEqual(sorted(opened), sorted(said(gateway, "session_forgotten")))

    def test_a_server_that_only_reads_is_waited_for(self):
        gateway = self.start(self.database, http=True)
        self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        self.cluster.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        self.cluster.sql("SELECT pg_reload_conf()")
        self.enter_demo(gateway, "Bob")
        wait_until(lambda: self.degraded(gateway), "degraded")
        self.cluster.sql("ALTER SYSTEM RESET default_transaction_read_only")
        self.cluster.sql("SELECT pg_reload_conf()")
        self.wait_recovered(gateway)
        self.wait_durable(gateway, 2)
        self.assert_rows_are_the_living(gateway, 2)

    def test_a_full_backlog_turns_new_players_away_in_a_sentence(self):
        gateway = self.start(self.database, {"store": {"backlog_rows": 100}, "limits": {"connections_per_address": 500}},
                             http=True)
        alice = self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        self.cluster.stop("immediate")
        wait_until(lambda: self.degraded(gateway), "degraded")
        players = []
        for _ in range(130):
            players.append(gateway.client(telnet.Policy(silent=True)))
        refused = 0
        for player in players:  # the database hears of a session with the first thing its player types
            player.expect("Your name: ")
            player.line("new")  # a word that is no name here
            player.wait(lambda: b"database" in player.text or b"choose another" in player.text, "a question or a refusal")
            if b"database" in player.text:
                self.assertIn(b"The gateway cannot take new players just now, because its database is away. "
                              b"Please try again in a few minutes.", bytes(player.text))
                refused += 1
        self.assertGreaterEqual(refused, 20)
        status, text = self.degraded(gateway)
        self.assertEqual(status, 503)
        self.assertIn("new sessions are refused", text)
        alice.line("look")
        alice.expect("Exits:")
        self.cluster.start()
        self.wait_recovered(gateway)
        living = gateway.session_count()
        self.assert_rows_are_the_living(gateway, living)
        self.enter_demo(gateway, "Bob")

    def test_starts_without_its_database_when_told_so(self):
        gateway = self.start(self.database)
        self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        self.cluster.stop("fast")
        gateway = self.start(self.database, {"store": {"required": False}}, http=True)
        self.assertIsNotNone(self.degraded(gateway))
        self.enter_demo(gateway, "Bob")
        self.cluster.start()
        self.wait_recovered(gateway)
        gateway.expect("sessions_held count=1 stored=1")
        self.wait_durable(gateway, 1)
        self.assertEqual(sorted(self.database.states().values()), ["Disconnected", "Playing"])


class DiskFull(Stored):
    def test_a_full_disk_is_waited_for(self):
        database = SqliteFile(self)
        gateway = self.start(database, http=True)
        alice = self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        # The disk's quota, as far as this process is concerned: nothing may be written behind the first page.
        resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        players = []

        def one_more():
            players.append(gateway.client(telnet.Policy(silent=True)))
            players[-1].expect("Your name")
            players[-1].line("new")
            return get(gateway, "/readyz")[1].startswith("degraded: store unreachable since ")

        wait_until(one_more, "degraded")
        alice.line("look")
        alice.expect("Exits:")
        resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until(lambda: get(gateway, "/readyz") == (200, "ok"), "/readyz ok")
        self.wait_durable(gateway, 1 + len(players))
        wait_until(lambda: len(database.states()) == 1 + len(players), "every row")


class Refusals(Stored):
    """A database that cannot be used at the start: one message, exit 1."""

    def refused(self, url, command="run", **more):
        argv = [harness.gateway_binary(), command] if command == "run" else [harness.gateway_binary(), *command.split()]
        if command == "run":
            argv += ["--telnet", "127.0.0.1:0", "--http", "off"]
        program = harness.Program([*argv, "--store", url], self.folder(), name="wyldgate")
        self.track(program)
        code = program.exit_code()
        self.assertEqual(code, 1, program.output)
        self.assertTrue(program.output.startswith("wyldgate: "), program.output)
        self.assertNotIn("s3cret", program.output)
        self.assertNotIn("is open", program.output)
        return program.output

    def test_a_server_that_is_not_running(self):
        url = "postgresql://alice:s3cret@127.0.0.1:%d/game" % harness.free_port()
        for command in ("run", "db status", "db migrate"):
            output = self.refused(url, command)
            self.assertIn("postgresql://alice:***@127.0.0.1", output)
            self.assertIn("Connection refused", output)

    def test_a_database_that_is_not_there(self):
        cluster = shared_cluster()
        output = self.refused(cluster.url("nowhere"))
        self.assertIn('database "nowhere" does not exist', output)
        self.assertRegex(output, r"createdb .*nowhere")

    def test_a_wrong_password(self):
        cluster = shared_cluster()
        url = cluster.url(password="s3cret")
        output = self.refused(url)
        self.assertIn("password authentication failed", output)

    def test_a_file_that_is_no_database(self):
        path = os.path.join(self.folder(), "letter.txt")
        with open(path, "w", encoding="ascii") as out:
            out.write("Dear database, " * 100)
        output = self.refused("sqlite:" + path)
        self.assertIn(path, output)

    def test_a_schema_of_a_newer_program(self):
        for database in (SqliteFile(self), PostgresDatabase(self)):
            self.start(database).stop()
            change = "INSERT INTO schema_migrations (number, name, applied_at) VALUES (999, 'from the future', %s)"
            if isinstance(database, SqliteFile):
                with sqlite3.connect(database.path) as connection:
                    connection.execute(change % "0")
                connection.close()
            else:
                database.query(change % "now()")
            self.assertIn("newer", self.refused(database.url))


class Commands(Stored):
    def db(self, url, what):
        done = subprocess.run([harness.gateway_binary(), "db", what, "--store", url], capture_output=True, text=True,
                              timeout=PATIENCE, check=False, cwd=self.folder())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_status_and_migrate(self):
        for database in (SqliteFile(self), PostgresDatabase(self)):
            self.assertRegex(self.db(database.url, "status"), r"schema +0 of \d+\npending +1 ")
            self.assertRegex(self.db(database.url, "migrate"), r"applied +1 ")
            self.assertIn("nothing to do", self.db(database.url, "migrate"))
            self.assertRegex(self.db(database.url, "status"), r"schema +\d+, up to date")
        self.assertIn("memory", self.db("memory", "status"))

    def test_database_url_selects_the_database(self):
        database = PostgresDatabase(self)
        gateway = self.gateway(config={"log": {"level": "debug"}}, http=False, environment={"DATABASE_URL": database.url})
        self.enter_demo(gateway, "Alice")
        self.wait_durable(gateway, 1)
        self.assertEqual(list(database.states().values()), ["Playing"])
