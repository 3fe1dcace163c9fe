"""The gateway's own login, by Telnet and by WebSocket, over restarts."""

import signal
import time

import harness
import telnet
from telnet import ECHO

PASSWORD = "correct horse"


class Accounts(harness.Case):
    def start(self, folder, **more):
        return self.gateway(config={"world": {"accounts": True}, "accounts": {"hash_bytes": "64KiB"},
                                    "server": {"state_directory": folder}, "limits": {"exempt_networks": []}},
                            http=True, **more)

    def ask(self, client, line, answer):
        client.line(line)
        client.expect(answer)

    def make(self, gateway, name):
        client = gateway.client(telnet.Policy(), name)
        client.expect("Your name: ")
        self.ask(client, "new", "New name: ")
        self.ask(client, name, "New password: ")
        self.ask(client, PASSWORD, "Password again: ")
        self.ask(client, PASSWORD, "E-mail: ")
        self.ask(client, "", "Exits:.*\n> ")
        return client

    def log_in(self, gateway, name, password, answer):
        client = gateway.client(telnet.Policy(), name)
        client.expect("Your name: ")
        self.ask(client, name, "Password: ")
        self.ask(client, password, answer)
        return client

    def test_an_account_outlives_the_gateway(self):
        folder = self.folder()
        gateway = self.start(folder)
        ada = self.make(gateway, "Ada")
        self.ask(ada, "who", "Ada")
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        gateway = self.start(folder)
        self.log_in(gateway, "ada", PASSWORD, "Exits:.*\n> ")
        gateway.expect("session_logged_in session=[0-9a-f-]+ account=Ada")
        taken = gateway.client(telnet.Policy(), "ADA")
        taken.expect("Your name: ")
        self.ask(taken, "new", "New name: ")
        self.ask(taken, "ADA", "taken|already|belongs")

    def test_a_password_is_typed_unseen_and_kept_nowhere(self):
        folder = self.folder()
        gateway = self.start(folder, environment={"WYLDGATE_LOG_LEVEL": "debug"})
        client = gateway.client(telnet.Policy(do={ECHO}), "Ada")
        client.expect("Your name: ")
        before = len(client.events)
        self.ask(client, "grace", "Password: ")
        self.assertIn(("will", ECHO), client.events[before:])
        self.ask(client, PASSWORD, "do not match.*Your name: ")
        self.assertIn(("wont", ECHO), client.events[before:])
        gateway.stop()
        self.assertNotIn(PASSWORD, gateway.output)
        self.assertNotIn(PASSWORD.encode(), bytes(client.text))
        with open(folder + "/wyldgate.db", "rb") as database:
            self.assertNotIn(PASSWORD.encode(), database.read())

    def test_an_unknown_name_and_a_wrong_password_are_answered_alike(self):
        gateway = self.start(self.folder())
        self.make(gateway, "Ada").close()
        texts = []
        for name in ("Ada", "Grace"):
            client = gateway.client(telnet.Policy(), name)
            client.expect("Your name: ")
            start = len(client.text)
            self.ask(client, name, "Password: ")
            self.ask(client, "wrong", "Your name: ")
            texts.append(bytes(client.text[start:]))
        self.assertEqual(*texts)

    def test_the_delay_after_failures_outlives_the_gateway(self):
        folder = self.folder()
        gateway = self.start(folder)
        client = gateway.client(telnet.Policy(), "guesser")
        for _ in range(3):
            client.expect("Your name: ")
            self.ask(client, "Ada", "Password: ")
            failed = time.monotonic()  # or a little before
            self.ask(client, "wrong", "do not match")
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        gateway = self.start(folder)
        self.log_in(gateway, "Ada", "wrong", "do not match")
        self.assertGreater(time.monotonic() - failed, 5.5, "two failures ask for two seconds, three for four")

    def test_an_address_makes_a_bounded_number_of_accounts_an_hour(self):
        gateway = self.start(self.folder(), environment={"WYLDGATE_ACCOUNTS_PER_HOUR_PER_ADDRESS": "2"})
        for name in ("Ada", "Bob"):
            self.make(gateway, name).close()
        client = gateway.client(telnet.Policy(), "Cat")
        client.expect("Your name: ")
        self.ask(client, "new", "New name: ")
        self.ask(client, "Cat", "Many accounts have been made from your address; please try again in .*Your name: ")
        self.ask(client, "Ada", "Password: ")
        self.ask(client, PASSWORD, "Exits:.*\n> ")

    def test_the_web_form_masks_the_password_too(self):
        gateway = self.start(self.folder())
        player = gateway.websocket()
        player.expect("Your name: ")
        player.line("grace")
        player.expect("Password: ")
        player.expect_message(type="echo", on=False)
        player.line("wrong")
        player.expect("do not match")
        player.expect_message(type="echo", on=True)
