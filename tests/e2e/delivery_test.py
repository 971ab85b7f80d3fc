"""From packets to the department table, with power cuts on both sides: the totals are exact."""
import datetime
import signal
import subprocess
from collections import Counter

import harness
from harness import CAPTURES, COUNTS, NOTHING, Answer, GnomonTest, Laptop, Link, Process, add_up, all_services, committed_batches

MONTH, DAY = harness.month_before_today(datetime.date.today())
CHAT, SDK = CAPTURES / "chat.pcap", CAPTURES / "sdk.pcap"
ENOUGH = 5  # laptops: as many as the floor
# Where the collector's answer is cut, in bytes: the handshake takes about 3.2 kB, the receipt follows.
FIRST_CUT, CUT_STEP = 2600, 150


class Delivery(GnomonTest):
    def departments(self, collector):
        return Answer(collector.json("departments", "--month", MONTH), "department")

    def services(self, collector, department):
        return Answer(collector.json("services", "--month", MONTH, "--department", department), "service")

    def assert_totals(self, collector, department, laptops):
        """The collector's numbers are the sums of what the laptops say that they sent."""
        sent = add_up(laptops)
        expected = all_services(sent)
        row = self.departments(collector).rows[department]
        self.assertEqual({k: row[k] for k in COUNTS}, {k: expected[k] for k in COUNTS})
        self.assertEqual(row["devices"], len(laptops))
        services = self.services(collector, department).rows
        self.assertEqual(set(services), set(sent))
        for service, counts in sent.items():
            self.assertEqual({k: services[service][k] for k in COUNTS}, {k: counts[k] for k in COUNTS}, service)

    def reference(self, address, token, *captures):
        """What one laptop counts in these captures when nothing goes wrong."""
        laptop = Laptop(self, "reference").enrolled(address, token).delivered(*captures, day=DAY)
        return laptop.sums("sent")

    def test_captures_of_six_laptops_become_the_department_table(self):
        collector = self.collector(floor=5)
        token = collector.token("finance")
        laptops = self.laptops(6, "finance", collector.address, token)
        for laptop in laptops:
            laptop.delivered(CHAT, SDK, day=DAY)
        self.assertTrue(all(batch["state"] == "sent" for laptop in laptops for batch in laptop.batches()))
        counted = all_services(add_up(laptops))
        self.assertGreater(counted["visits"], 0)
        self.assertGreater(counted["turns"], 0)
        self.assert_totals(collector, "finance", laptops)

    def test_the_same_capture_counts_again_on_another_run_and_never_by_itself(self):
        collector = self.collector(floor=5)
        laptops = self.laptops(ENOUGH, "finance", collector.address, collector.token("finance"))
        for laptop in laptops:
            laptop.delivered(CHAT, day=DAY).delivered(NOTHING).delivered(NOTHING)
        once = laptops[0].sums("sent")
        self.assert_totals(collector, "finance", laptops)
        laptops[0].delivered(CHAT, day=DAY)
        self.assertEqual(all_services(laptops[0].sums("sent"))["turns"], 2 * all_services(once)["turns"])
        self.assert_totals(collector, "finance", laptops)

    def test_records_wait_while_the_collector_is_away_and_arrive_once(self):
        collector = self.collector(floor=5, port=harness.free_port())
        laptops = self.laptops(ENOUGH, "finance", collector.address, collector.token("finance"))
        collector.kill()
        for laptop in laptops:
            for _ in range(3):  # three batches each
                self.assert_fails(laptop.read(CHAT, day=DAY), harness.UNREACHABLE, "will be sent again")
            self.assertEqual([batch["state"] for batch in laptop.batches()], ["waiting"] * 3)
        collector.start()
        for laptop in laptops:
            laptop.delivered(NOTHING)
            self.assertEqual([batch["state"] for batch in laptop.batches()], ["sent"] * 3)
        self.assert_totals(collector, "finance", laptops)

    def test_power_cut_of_the_collector_at_any_byte_of_its_answer(self):
        collector = self.collector(floor=5, port=harness.free_port())
        token = collector.token("finance")
        link = Link(self, collector.port)
        victim = Laptop(self, "victim").enrolled(link.address, token)
        others = self.laptops(ENOUGH - 1, "finance", collector.address, token)
        reference = self.reference(collector.address, collector.token("legal"), CHAT)
        runs, cut_after_commit, held, passed = 0, 0, True, FIRST_CUT
        while held:  # until the whole answer came through
            link.hold_after(passed)
            agent = Process(self, "gnomon-agent", "run", "--state", victim.state, *victim.read_flags([CHAT], DAY))
            held = link.wait_until_held_or_ended(agent)
            collector.kill()
            agent.wait()
            runs, passed = runs + 1, passed + CUT_STEP
            # One batch is the reference's.
            cut_after_commit += committed_batches(collector) - 1 > [batch["state"] for batch in victim.batches()].count("sent")
            collector.start()
        self.assertGreater(cut_after_commit, 0, "no cut fell between commit and receipt")
        link.hold_after(None)
        victim.delivered(NOTHING)
        self.assertEqual([batch["state"] for batch in victim.batches()], ["sent"] * runs)
        expected = all_services(reference)
        self.assertEqual(all_services(victim.sums("sent")), Counter({k: n * runs for k, n in expected.items()}))
        for laptop in others:
            laptop.delivered(CHAT, day=DAY)
        self.assert_totals(collector, "finance", [victim, *others])

    def test_power_cut_of_the_agent_while_it_waits_for_its_receipt(self):
        collector = self.collector(floor=5)
        token = collector.token("finance")
        link = Link(self, collector.port)
        laptops = []
        reference = self.reference(collector.address, collector.token("legal"), CHAT)
        cut_after_commit, held, passed = 0, True, FIRST_CUT
        while held or len(laptops) < ENOUGH:
            laptop = Laptop(self, f"cut-{len(laptops)}").enrolled(collector.address, token).moved_to(link.address)
            before = committed_batches(collector)
            link.hold_after(passed)
            agent = Process(self, "gnomon-agent", "run", "--state", laptop.state, *laptop.read_flags([CHAT], DAY))
            held = link.wait_until_held_or_ended(agent)
            if held:
                agent.signal(signal.SIGKILL)
                cut_after_commit += committed_batches(collector) > before
            agent.wait()
            laptops, passed = [*laptops, laptop], passed + CUT_STEP
            link.hold_after(None)
            laptop.delivered(NOTHING)
            self.assertEqual([batch["state"] for batch in laptop.batches()], ["sent"])
            self.assertEqual(laptop.sums("sent"), reference)
        self.assertGreater(cut_after_commit, 0, "no cut fell between commit and receipt")
        self.assert_totals(collector, "finance", laptops)

    def test_power_cut_of_the_agent_in_the_middle_of_a_capture(self):
        collector = self.collector(floor=5)
        laptops = self.laptops(ENOUGH, "finance", collector.address, collector.token("finance"))
        reference = self.reference(collector.address, collector.token("legal"), CHAT)
        capture = CHAT.read_bytes()
        for laptop in laptops:
            # A pipe takes 64 kB: when half of the capture is written, the agent has read most of that half.
            agent = subprocess.Popen(harness.command("gnomon-agent", "run", "--state", laptop.state,
                                                     *laptop.read_flags(["-"], DAY)), stdin=subprocess.PIPE,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=harness.environment())
            agent.stdin.write(capture[: len(capture) // 2])
            agent.stdin.flush()
            agent.kill()
            agent.wait(timeout=harness.LIMIT_S)
            agent.stdin.close()
            laptop.delivered(CHAT, day=DAY)
            self.assertEqual(laptop.sums("sent"), reference)
        self.assert_totals(collector, "finance", laptops)


if __name__ == "__main__":
    harness.main()
