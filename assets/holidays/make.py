"""Writes countries.txt, the public holidays and commerce days of 21 countries from 2009 to 2040.

    python3 -m venv v && v/bin/pip install holidays==0.108 && v/bin/python make.py > countries.txt

Dates are those of the Python package `holidays` (https://github.com/vacanza/holidays, MIT licence, see LICENSE.txt) and, for commerce
days, the rules below. The program reads the file that is checked in; nothing of this runs when it is built or used.
"""

import datetime as dt
import re
import sys
import warnings

import holidays
from dateutil.easter import easter
from holidays.calendars.islamic import _IslamicLunar

VERSION = "0.108"
YEARS = range(2009, 2041)

# Where holidays differ by state, those of the most populous one, or only what the whole country has.
STATES = {"CA": "ON", "GB": "ENG", "AU": "NSW"}
CODES = "US CA MX BR GB DE FR IT ES NL PL TR AE SA IN ID CN JP KR SG AU".split()

EASTER = set("US CA MX BR GB DE FR IT ES NL PL AU".split())
CHRISTMAS = EASTER | {"SG", "JP", "KR"}
RAMADAN = {"TR", "AE", "SA", "ID"}

# One name for one event, whatever a year or a country calls it.
NAMES = {
    "Christmas": "Christmas Day",
    "Universal Fraternization Day": "New Year's Day",
    "Lunar New Year": "Chinese New Year",
    "Chinese New Year (Spring Festival)": "Chinese New Year",
    "Chinese New Year Extended Holiday": "Chinese New Year",
    "Eid al-Fitr Holiday": "Eid al-Fitr",
    "Eid al-Fitr Second Day": "Eid al-Fitr",
    "Eid al-Adha Holiday": "Eid al-Adha",
    "The day preceding Korean New Year": "Korean New Year",
    "The second day of Korean New Year": "Korean New Year",
    "The day preceding Chuseok": "Chuseok",
    "The second day of Chuseok": "Chuseok",
    "National Day Holiday": "National Day",
    "Founding Day Holiday": "Founding Day",
    "Labour Day": "Labor Day",
    "Worker's Day": "Labor Day",
    "International Labor Day": "Labor Day",
    "Labor and Solidarity Day": "Labor Day",
    "King's Birthday": "Sovereign's Birthday",
    "Queen's Birthday": "Sovereign's Birthday",
    "Queen's Day": "King's Day",
    "Janmashtami (Vaishnava)": "Janmashtami",
    "Physical Education Day": "Sports Day",
    "70th Anniversary of the Victory of the Chinese People's War of Resistance against Japanese Aggression and the World Anti-Fascist War": (
        "Victory Day of 2015"
    ),
}
IN_LIEU = re.compile(r"^(Day off|Substitute Holiday|National Holiday$|Alternative holiday|Temporary Public Holiday)")
# Days between and after, which these countries add to the holiday itself.
LONG_HOLIDAYS = {"CN", "SA"}
# The latest Hijri dates that were seen when the package was published; where the moon decides, later ones are estimates.
SEEN = 2026
ISLAMIC = {"Eid al-Fitr", "Eid al-Adha", "Day of Arafah", "Prophet's Birthday", "Isra' and Mi'raj", "Islamic New Year", "Ashura", "Ramadan"}


def nth(year, month, weekday, n):
    """The n-th such weekday (Monday 0) of a month; -1 for the last."""
    days = [d for d in (dt.date(year, month, 1) + dt.timedelta(i) for i in range(31)) if d.month == month and d.weekday() == weekday]
    return days[n - 1] if n > 0 else days[n]


def mothers_day(code, y):
    if code == "GB":
        return easter(y) - dt.timedelta(21)
    if code == "FR":
        last = nth(y, 5, 6, -1)
        return last if last != easter(y) + dt.timedelta(49) else nth(y, 6, 6, 1)
    if code == "ES":
        return nth(y, 5, 6, 1)
    fixed = {"MX": (5, 10), "PL": (5, 26), "AE": (3, 21), "SA": (3, 21), "ID": (12, 22), "KR": (5, 8)}
    return dt.date(y, *fixed[code]) if code in fixed else nth(y, 5, 6, 2)


def commerce(code, y, out):
    thanksgiving = nth(y, 11, 3, 4)
    out("Valentine's Day", dt.date(y, 2, 14))
    out("Parents' Day" if code == "KR" else "Mother's Day", mothers_day(code, y))
    out("Singles' Day", dt.date(y, 11, 11))
    out("New Year's Eve", dt.date(y, 12, 31))
    if code != "CN":
        out("Black Friday", thanksgiving + dt.timedelta(1))
        out("Cyber Monday", thanksgiving + dt.timedelta(4))
    if code in EASTER:
        out("Easter Sunday", easter(y))
    if code in CHRISTMAS:
        out("Christmas Eve", dt.date(y, 12, 24))
        out("Christmas Day", dt.date(y, 12, 25))
        for day in range(1, 24):
            out("Weeks before Christmas", dt.date(y, 12, day))


def ramadan():
    """First days, by year of our calendar; it comes twice in 2030."""
    for year, days in _IslamicLunar.RAMADAN_BEGINNING_DATES.items():
        for month, day in days if isinstance(days[0], tuple) else [days]:
            yield dt.date(year, month, day)


def of_country(code):
    """Days by name, each with whether it is an estimate."""
    options = {"subdiv": STATES.get(code), "years": YEARS, "language": "en_US"}
    if code == "BR":
        options["categories"] = ("public", "optional")
    found = {}
    listed = holidays.country_holidays(code, **options)
    for day in sorted(listed):
        for written in listed.get_list(day):
            observed, estimated = "observed" in written, "estimated" in written
            name = re.sub(r" \((observed|estimated|observed, estimated)\)$", "", written)
            if IN_LIEU.match(name) or (observed and code not in LONG_HOLIDAYS):
                name = "Day in lieu"
            if observed and name == "Chinese New Year's Eve":
                name = "Chinese New Year"
            name = NAMES.get(name, name)
            if code == "BR" and listed_optional(name):
                continue
            estimated |= code in {"AE", "SA"} and name in ISLAMIC and day.year > SEEN
            found.setdefault(name, {})[day] = estimated
    if code == "ES":
        # The package leaves out what falls on a Sunday, as the day off moves; the day itself stays.
        for name, days in found.items():
            dates = {(d.month, d.day) for d in days}
            if len(dates) == 1 and len(days) > 20:
                for y in range(min(days).year, 2041):
                    days[dt.date(y, *next(iter(dates)))] = False
    if code == "CN":
        # Days off that follow a holiday are days of it, and so are weekends between.
        for day in sorted(found["Day in lieu"]):
            for back in (1, 2, 3):
                before = [n for n, days in found.items() if n != "Day in lieu" and day - dt.timedelta(back) in days]
                if before:
                    estimated = found["Day in lieu"].pop(day)
                    found[before[0]].update({day - dt.timedelta(i): estimated for i in range(back)})
                    break
    if code == "IN":
        # Tables of the lunisolar calendar end in 2035 and lack what falls on a Sunday: 19 years are 235 moons.
        for name, days in found.items():
            moves = len({(d.month, d.day) for d in days}) > 1
            if moves and name not in ISLAMIC and name not in ("Good Friday", "Day in lieu"):
                known = dict(days)
                for y in YEARS:
                    far = [d for d in known if abs(d.year - y) == 19]
                    if not any(d.year == y for d in known) and far:
                        days[far[0].replace(year=y)] = True
    if code == "SG":
        # The package's tables of Singapore are a month off in 2036; 19 years are 235 moons.
        days = found["Diwali"]
        for day in [d for d in days if d.year > 2035]:
            del days[day]
        for day in [d for d in days if 2017 <= d.year <= 2021]:
            days[day.replace(year=day.year + 19)] = True
    if code in RAMADAN:
        eids = sorted(found["Eid al-Fitr"])
        for first in ramadan():
            # To the day before the feast.
            ends = [d for d in eids if 27 <= (d - first).days <= 32]
            if first.year in YEARS and ends:
                estimated = found["Eid al-Fitr"][ends[0]]
                for i in range((ends[0] - first).days):
                    found.setdefault("Ramadan", {})[first + dt.timedelta(i)] = estimated
    public = [tuple(sorted(days)) for days in found.values()]
    sold = {}
    for y in YEARS:
        commerce(code, y, lambda name, day: sold.setdefault(name, {}).setdefault(day, False))
    for name, days in sold.items():
        # A commerce day that is a public holiday already has its name.
        if tuple(sorted(days)) not in public:
            merged = found.setdefault(name, {})
            for day in days:
                merged.setdefault(day, False)
    return found


def listed_optional(name):
    """Optional days of Brazil that nobody shops for."""
    return name in {"Ash Wednesday", "Public Servant's Day", "Christmas Eve", "New Year's Eve"}


def written(days):
    """Runs of days by year, `24:0410+3~`: in 2024 three days from 10 April, estimated. Fixed days, `09-40:1225`."""
    runs = []
    for day, estimated in sorted(days.items()):
        if day.year not in YEARS:
            continue
        last = runs[-1] if runs else None
        if last and last[0] + dt.timedelta(last[1]) == day and last[0].year == day.year and last[2] == estimated:
            last[1] += 1
        else:
            runs.append([day, 1, estimated])
    spans = []
    for first, length, estimated in sorted(runs, key=lambda r: (r[0].month, r[0].day, r[1], r[2], r[0].year)):
        key = (f"{first:%m%d}" + (f"+{length}" if length > 1 else "") + ("~" if estimated else ""))
        if spans and spans[-1][2] == key and spans[-1][1] + 1 == first.year:
            spans[-1][1] = first.year
        else:
            spans.append([first.year, first.year, key])
    year = lambda a, b: f"{a % 100:02}" if a == b else f"{a % 100:02}-{b % 100:02}"
    return " ".join(f"{year(a, b)}:{key}" for a, b, key in sorted(spans))


def main():
    warnings.simplefilter("ignore")
    if holidays.__version__ != VERSION:
        sys.exit(f"this is holidays {holidays.__version__}; install {VERSION}")
    print(f"# Public holidays and commerce days, 2009 to 2040. Written by make.py from the Python package holidays {VERSION}")
    print("# (https://github.com/vacanza/holidays, copyright its authors, MIT licence: LICENSE.txt) and from rules for commerce days.")
    print("# Country, event, and its days: years, month and day, +number of days, ~ for dates that are estimates.")
    for code in CODES:
        for name, days in sorted(of_country(code).items()):
            print(f"{code}\t{name}\t{written(days)}")


if __name__ == "__main__":
    main()
