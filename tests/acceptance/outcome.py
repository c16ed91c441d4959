"""Counts what was judged, and says it the way cargo does, so that `tests/run` can add it up."""

from collections import defaultdict

from summary import FORMATS


class Outcomes:
    def __init__(self):
        self.failed, self.skipped, self.passed = [], [], 0
        self.table = defaultdict(lambda: [0, 0])  # (kind, direction, judge): passed, all

    def add(self, kind, direction, judge, name, problems):
        cell = self.table[kind, direction, judge]
        cell[1] += 1
        if problems:
            self.failed.append((f"{kind} {direction} {judge} {name}", problems))
        else:
            cell[0] += 1
            self.passed += 1

    def skip(self, name, reason):
        self.skipped.append((name, reason))

    def report(self):
        for name, reason in self.skipped:
            print(f"test {name} ... ignored, {reason}")
        for name, problems in self.failed:
            print(f"test {name} ... FAILED")
            for problem in problems:
                print(f"    {problem}")
        self.print_table()
        verdict = "FAILED" if self.failed else "ok"
        print(f"\ntest result: {verdict}. {self.passed} passed; {len(self.failed)} failed; {len(self.skipped)} ignored")
        return not self.failed

    def print_table(self):
        """Per kind: a row for each direction, a column for each judge, `passed/all`."""
        for kind in dict.fromkeys(kind for kind, _, _ in self.table):
            judges = list(dict.fromkeys(judge for k, _, judge in self.table if k == kind))
            directions = sorted({d for k, d, _ in self.table if k == kind}, key=order)
            width = max(map(len, [*directions, kind]))
            print(f"\n{kind:<{width}}  " + "  ".join(f"{judge:>13}" for judge in judges))
            for direction in directions:
                cells = [self.table.get((kind, direction, judge)) for judge in judges]
                print(f"{direction:<{width}}  " + "  ".join(f"{'–' if not c else f'{c[0]}/{c[1]}':>13}" for c in cells))


def order(direction):
    return [FORMATS.index(word) if word in FORMATS else 9 for word in direction.split(" to ")] + [direction]
