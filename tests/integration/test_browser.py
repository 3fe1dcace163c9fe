"""Chromium at the play page: the page's own tests, and a player who meets those on Telnet and TinTin++."""

import os
import re
import subprocess
import time
import unittest

import harness


class BrowserPlayer:
    """A player at the page, in a Chromium of its own."""

    def __init__(self, test, url):
        self.errors = open(os.path.join(test.folder(), "node.log"), "w+", encoding="utf-8")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser_player.mjs")
        self.node = subprocess.Popen([harness.program("node", "nodejs"), script], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                     env={**os.environ, "WYLDGATE_URL": url}, start_new_session=True)
        test.addCleanup(self.close)
        self.answer("start")

    def answer(self, what):
        said = self.node.stdout.readline().strip()
        if said != "ok":
            self.errors.seek(0)
            raise AssertionError("browser: %s: %s %s" % (what, said, self.errors.read()[-2000:]))

    def ask(self, command):
        self.node.stdin.write(command + "\n")
        self.node.stdin.flush()
        self.answer(command)

    def line(self, text):
        self.ask("send " + text)

    def expect(self, pattern):
        self.ask("see " + pattern)

    def expect_once(self, pattern):
        self.ask("once " + pattern)

    def set_offline(self, offline):
        self.ask("offline" if offline else "online")

    def close(self):
        if self.node.stdin.closed:
            return
        self.node.stdin.close()
        try:
            self.node.wait(30)
        except subprocess.TimeoutExpired:
            self.node.kill()
            self.node.wait()
        self.node.stdout.close()
        self.errors.close()


class Browser(harness.Case):
    def test_the_page_plays_the_demo_world_and_tinymux(self):
        demo, mux = self.gateway(), self.gateway(harness.TinyMux.get().url)
        done = subprocess.run(
            [harness.program("node", "nodejs"), "--test", os.path.join("tests", "browser", "gateway.test.mjs")],
            cwd=harness.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=900, env={**os.environ, "WYLDGATE_URL": demo.http_url, "WYLDGATE_TINYMUX_URL": mux.http_url})
        self.assertEqual(done.returncode, 0, done.stdout[-8000:])
        passed = re.search(r"^# pass (\d+)$", done.stdout, re.M)
        self.assertTrue(passed and int(passed.group(1)) > 0, done.stdout[-2000:])

    def test_telnet_tintin_and_browser_see_each_other_in_the_demo_world(self):
        gw = self.gateway()
        browser = BrowserPlayer(self, gw.http_url)
        browser.expect("Your name: ")
        browser.line("Webster")
        browser.expect("The Lamplit Court")

        telnet = harness.Terminal(self, [harness.program("inetutils-telnet", "telnet"), "127.0.0.1",
                                         str(gw.telnet_port)])
        telnet.expect("Your name: ")
        telnet.line("Telma")
        telnet.expect("Here with you: Webster")
        browser.expect("Telma hangs a lamp")

        path = os.path.join(self.folder(), "play.tin")
        with open(path, "w", encoding="utf-8") as out:
            out.write("#nop\n#ses play 127.0.0.1 %d\n" % gw.telnet_port)
        tintin = harness.Terminal(self, [harness.program("tt++"), "-G", path])
        tintin.expect("Your name: ")
        tintin.line("Tina")
        tintin.expect("Here with you: .*Webster|Here with you: .*Telma")

        players = {"Webster": browser, "Telma": telnet, "Tina": tintin}
        for name, player in players.items():
            player.line("say this is %s" % name)
            for other, listener in players.items():
                listener.expect(('You say, "this is %s"' if other == name else name + ' says, "this is %s"') % name)
        for name, player in players.items():
            player.line("north")
        for player in players.values():
            player.expect("The Standing Gate")
        telnet.line("tell webster look behind you")
        browser.expect('Telma tells you, "look behind you"')
        browser.line("quit")
        tintin.expect("Webster takes down a lamp")
        gw.wait_for_sessions(2)

    def test_a_browser_without_network_comes_back_and_misses_nothing(self):
        away = 3 if harness.QUICK else 30
        gw = self.gateway(config={"world": {"accounts": False}})
        browser = BrowserPlayer(self, gw.http_url)
        browser.expect("Your name: ")
        browser.line("Webster")
        browser.expect("The Lamplit Court")
        telma = self.enter_demo(gw, "Telma")
        browser.expect("Telma hangs a lamp")
        browser.set_offline(True)
        for second in range(away):
            telma.line("say second %d of your absence" % second)
            telma.expect("You say")
            time.sleep(1)  # this test is about the time that passes
        browser.set_offline(False)
        for second in range(away):
            browser.expect('says, "second %d of your absence"' % second)
        for second in range(away):
            browser.expect_once('says, "second %d of your absence"' % second)
        browser.line("say I was away")
        telma.expect('Webster.* says, "I was away"')
        browser.line("quit")
        telma.expect("Webster takes down a lamp")


if __name__ == "__main__":
    unittest.main()
