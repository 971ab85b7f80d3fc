"""No command, format or combination of filters shows a number of fewer devices than the floor."""
import csv
import datetime
import io
import itertools
import re

import harness
from harness import CAPTURES, COUNTS, Answer, GnomonTest, add_up, all_services

MONTH, DAY = harness.month_before_today(datetime.date.today())
FLOOR = 5
CHAT, SDK, WS = (CAPTURES / name for name in ("chat.pcap", "sdk.pcap", "ws.pcap"))


class Floor(GnomonTest):
    """finance: 6 laptops with CHAT, 2 of them also with WS. sales: 5 with CHAT. legal: 4 with SDK."""

    @classmethod
    def setUpClass(cls):
        cls.shared = cls("shared_collector")
        cls.shared.setUp()
        cls.addClassCleanup(cls.shared.doCleanups)
        make = cls.shared
        cls.at = make.collector(floor=FLOOR)
        cls.finance, cls.sales, cls.legal = (
            make.laptops(count, name, cls.at.address, cls.at.token(name))
            for name, count in (("finance", 6), ("sales", 5), ("legal", 4)))
        for number, laptop in enumerate(cls.finance):
            laptop.delivered(*([CHAT, WS] if number < 2 else [CHAT]), day=DAY)
        for laptop in cls.sales:
            laptop.delivered(CHAT, day=DAY)
        for laptop in cls.legal:
            laptop.delivered(SDK, day=DAY)
        cls.small_services = set(add_up(cls.finance)) - set(cls.finance[-1].sums())
        cls.legal_only = set(add_up(cls.legal)) - set(add_up(cls.finance)) - set(add_up(cls.sales))

    def shared_collector(self):
        """Not a test: holds the folder and processes that the tests of this class share."""

    def departments(self):
        return Answer(self.at.json("departments", "--month", MONTH), "department")

    def services(self, department=None):
        return Answer(self.at.json("services", "--month", MONTH, *(["--department", department] if department else [])), "service")

    def test_the_setting_has_what_the_other_tests_speak_of(self):
        self.assertTrue(self.small_services, "two laptops of finance use services that the others do not")
        self.assertTrue(self.legal_only, "legal uses services that nobody else does")

    def test_department_below_the_floor_is_hidden_in_every_format(self):
        answer = self.departments()
        self.assertEqual(set(answer.rows["legal"].values()), {None})
        self.assertEqual(answer.rows["finance"]["devices"], 6)
        self.assertEqual(answer.rows["sales"]["devices"], 5)
        table = self.at.ask("departments", "--month", MONTH).stdout
        line, = [line for line in table.splitlines() if re.match(r"\W*legal\b", line)]
        self.assertIn(f"hidden (<{FLOOR})", line)
        self.assertEqual(self.numbers_in(line) - {"4"}, set(), "only the number of enrolled laptops")
        rows = list(csv.DictReader(io.StringIO(self.at.ask("departments", "--month", MONTH, "--format", "csv").stdout)))
        legal, = [row for row in rows if row["department"] == "legal"]
        for measure in ("devices", *COUNTS):
            self.assertEqual(legal[measure], f"hidden (<{FLOOR})", measure)

    def test_total_is_the_sum_of_what_is_shown(self):
        answer = self.departments()
        for measure in COUNTS:
            shown = [row[measure] for row in answer.rows.values() if row[measure] is not None]
            self.assertEqual(answer.total[measure], sum(shown), measure)

    def test_service_of_two_laptops_is_hidden_and_cannot_be_worked_out(self):
        answer = self.services("finance")
        small = all_services({s: c for s, c in add_up(self.finance).items() if s in self.small_services})
        for service in self.small_services & set(answer.rows):
            self.assertEqual(set(answer.rows[service].values()), {None}, service)
        department = self.departments().rows["finance"]
        for measure in COUNTS:
            shown = sum(row[measure] for row in answer.rows.values() if row[measure] is not None)
            if small[measure]:
                self.assertNotEqual(department[measure] - shown, small[measure], measure)
                self.assertNotEqual(answer.total[measure] - shown, small[measure], measure)

    def test_company_wide_services_leave_out_what_is_hidden(self):
        answer = self.services()
        for service in (self.legal_only | self.small_services) & set(answer.rows):
            self.assertEqual(set(answer.rows[service].values()), {None}, service)
        by_department = [self.services(department).rows for department in ("finance", "sales", "legal")]
        for service, row in answer.rows.items():
            shown = [rows[service] for rows in by_department if service in rows and rows[service]["turns"] is not None]
            for measure in COUNTS:
                self.assertEqual(row[measure] or 0, sum(cell[measure] for cell in shown), (service, measure))

    def test_no_combination_of_commands_shows_a_number_of_the_hidden_department(self):
        forbidden = {str(n) for counts in add_up(self.legal).values() for n in counts.values() if n >= 10}
        forbidden |= {str(n) for n in all_services(add_up(self.legal)).values() if n >= 10}
        self.assertTrue(forbidden)
        # The same number may stand in a cell that is shown rightly; that totals are sums of such cells is tested above.
        answers = [self.departments(), self.services(), self.services("finance"), self.services("sales")]
        innocent = {str(n) for answer in answers for row in (*answer.rows.values(), answer.total) for n in row.values()}
        first = datetime.date.fromisoformat(DAY)
        months = [MONTH, datetime.date.today().strftime("%Y-%m"), (first - datetime.timedelta(days=30)).strftime("%Y-%m")]
        questions = [["departments"], ["services"], *(["services", "--department", d] for d in ("legal", "finance", "sales"))]
        for question, month, form in itertools.product(questions, months, ("table", "json", "csv")):
            answer = self.at.ask(*question, "--month", month, "--format", form)
            self.assertEqual(answer.returncode, harness.OK, answer.stderr)
            leaked = self.numbers_in(answer.stdout) & (forbidden - innocent)
            self.assertEqual(leaked, set(), (question, month, form))

    def test_services_of_the_hidden_department_have_no_number_in_any_format(self):
        question = ("services", "--month", MONTH, "--department", "legal")
        for row in (*self.services("legal").rows.values(), self.services("legal").total):
            self.assertEqual(set(row.values()), {None})
        for row in csv.DictReader(io.StringIO(self.at.ask(*question, "--format", "csv").stdout)):
            self.assertEqual([row[measure] for measure in COUNTS if row[measure].isdigit()], [])
        table = self.at.ask(*question, "--format", "table").stdout.split("\n\n")[0]  # without its notes
        self.assertEqual(self.numbers_in(table), set())

    @staticmethod
    def numbers_in(text):
        """Numbers that stand alone: not in "<5", a date or a name; thousands may be grouped."""
        text = re.sub(r"(?<=\d)[,_  ](?=\d{3}\b)", "", text)
        return set(re.findall(r"(?<![\w<.-])\d+(?![\w.-])", text))

    def test_floor_under_five_cannot_be_configured(self):
        for floor in (0, 1, 4):
            refused = harness.run("gnomon-collector", "init", "--data", self.folder / f"low-{floor}", "--listen", "127.0.0.1:0",
                                  "--floor", floor)
            self.assert_fails(refused, harness.BAD_INPUT, "floor")

    def test_every_question_needs_a_credential(self):
        asked = harness.run("gnomon", "--credential", self.folder / "none", "--collector", self.at.address, "departments",
                            "--month", MONTH)
        self.assertIn(asked.returncode, (harness.BAD_INPUT, harness.REFUSED))
        self.assertEqual(asked.stdout, "")


if __name__ == "__main__":
    harness.main()
