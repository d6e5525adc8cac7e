//! Codes of diagnostics, each with a long explanation for `restock explain`.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $title:literal $text:literal;)*) => {
        /// What kind of problem a diagnostic is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(
            #[doc = concat!("`", $name, "`: ", $title, ".")]
            #[doc = ""]
            $(#[$doc])*
            $variant
        ),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// `E0101` and the like.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Code::$variant => $name),* } }
            /// What kind of problem it is, in a few words, as `restock explain` prints it.
            #[must_use]
            pub fn title(self) -> &'static str { match self { $(Code::$variant => $title),* } }
            /// The long text, in Markdown.
            #[must_use]
            pub fn explanation(self) -> &'static str { match self { $(Code::$variant => $text),* } }
        }
    };
}

impl Code {
    /// Looks a code up, in any case, with or without leading `E`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        let digits = name.trim().trim_start_matches(['e', 'E', 'w', 'W']);
        Code::ALL.iter().copied().find(|c| c.name()[1..] == *digits)
    }
}

codes! {
    Syntax "E0101" "the file is not valid TOML"
"A scenario is a TOML 1.0 file. The place shown is where reading stopped making sense; the cause is often
just before it: a missing quote or bracket, a key written twice, or a date that does not exist.

Dates are written without quotes: `start = 2026-07-01`. Text is written with them: `name = \"Autumn\"`.";

    UnknownKey "E0102" "unknown key"
"Keys that Restock does not know are errors, so that a typing mistake never silently runs another scenario
than the one you meant. The message lists the keys that may stand there and, if one is close, which you may have meant.

Keys are written in full words with hyphens: `mean-per-day`, not `mean_per_day`. `restock defaults` shows every
key with its default; `restock schema` prints a JSON schema that editors use for completion.";

    WrongType "E0103" "the value has the wrong type"
"Numbers stand without quotes (`price = 60`), text with them (`sku = \"tee\"`), dates without (`start = 2026-07-01`).
Shares may be numbers or percentages in quotes (`0.3`, `\"30%\"`); durations are days (`14`) or text with a unit
(`\"6 weeks\"`).

An alternative is written as one key with its parameters, for example
`policy = { base-stock = { level = 90 } }` or `accept = \"always\"`.";

    MissingKey "E0104" "a key is missing"
"Most keys have a default, which `restock defaults` prints with its source. This one has none, because nobody but you
knows it: what the product costs, say, or how much of it sells.";

    Extends "E0105" "`extends` cannot be followed"
"`extends = \"base.toml\"` reads another scenario first and lays this file over it. The named file must exist, must be
readable, and must not extend this one in turn.

Tables are merged key by key. Lists of named things (products, supply models, locations, stages, campaigns) are merged by
their name. Everything else is replaced.";

    Override "E0106" "a `--set` cannot be applied"
"`--set key=value` changes one value of the scenario: `--set demand.mean-per-day=80`. The key is written as a dotted key of TOML. An
entry of a list is named by its `name` or `sku`, in quotes if that has blanks, dots or other signs than letters, digits, `-` and `_`:
`--set 'supply.\"Ocean freight + 3PL\".location.\"US 3PL\".minimum-order=500'`. A bare number is its place, counted from 0:
`supply.0.location.0.minimum-order`. `*` stands for all entries: `supply.*.location.*.minimum-order`.

The value is written as in the file; text that is not a number, a date or true/false may go without quotes. It is laid over the scenario
as a further file would be: a table is merged, a list of named tables by their names, all else is replaced. Each key is given once,
whichever way it is spelt, and no list is made longer.";

    More "E0107" "there are more problems than are shown"
"Twenty problems are shown, those that stand first in the file. Mend them and check again: later ones are often consequences of the
first. A file with hundreds of problems is usually no scenario at all.";

    NotAScenario "E0108" "the file is something else than a scenario"
"A scenario is a text file in TOML; its first bytes or lines are those of another kind of file. Sales files (CSV, Parquet) go to
`restock describe`, `forecast` and `backtest`, or into a scenario as `history = { file = \"sales.csv\" }`.

`restock init` writes a scenario to begin with.";

    NotText "E0210" "a name holds what is not text"
"Names and other texts of a scenario end in terminals, pages, spreadsheets, pictures and names of files. Control characters, line breaks,
characters that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069), invisible ones (U+200B, U+FEFF, tags) and code points
that are no characters could do harm there, or make two names look alike, so a scenario must not hold them: neither as they are nor
written as `\\u001B`. Tabs and line ends between values are fine.

The joiners and direction marks that scripts need (U+200C to U+200F, U+061C) may stand in names. Names have at most 200 characters.

In sales files such characters are replaced by a space or by U+FFFD, and a warning counts them.";

    OutOfRange "E0202" "a value is out of its range"
"Every number of a scenario has a range, named in the message. Numbers that are not numbers (`nan`) and infinities lie in no
range.";

    Distribution "E0203" "a distribution's parameters do not fit together"
"Parameters of a distribution must describe one: a triangular needs low <= mode <= high, a lognormal a positive median that is
not above its 90th percentile, a mixture weights that add up to 1, an empirical distribution at least one value.

The distributions: a bare number (constant), `uniform = [a, b]`, `triangular = [low, mode, high]`, `normal = { mean, sd }` (truncated
at 0), `lognormal = { median, p90 }` or `{ mean, cv }`, `gamma = { mean, sd }`, `exponential = { mean }`, `weibull = { shape, scale }`,
`poisson = { mean }`, `empirical = [..]` or `{ file, column }`, `mixture = [{ weight, of }]`.";

    Contradiction "E0204" "two values contradict each other"
"Each value is fine by itself, but together they cannot be meant: a reorder point above the order-up-to level, an expedite route
without a base route, two ways of giving the same thing.";

    Shares "E0205" "shares do not add up"
"Shares of one whole must add up to 100 %: payment terms of a route, demand over the locations of a supply model, weights of a
mixture.";

    UnknownName "E0206" "a name refers to nothing"
"A calendar, a regime, a stage or a file is referred to by a name that is not defined in this scenario. Names must match to the
letter. Built-in calendars: `cn-factory`, `vn-factory`, `business-days`.";

    Duplicate "E0207" "a name is used twice"
"Products, supply models, the locations of a model, routes of a location and stages of a route are told apart by name, in every
table and chart, and their random draws are keyed by it.";

    DateRange "E0208" "a date lies outside the run or the calendar"
"The run covers `warmup-days` before `horizon.start` and `horizon.days` from it. Events must touch it, one-time orders must be
placed inside it, and the lunar calendar of factory holidays is known for 2009 to 2040.";

    NothingToRun "E0209" "there is nothing to compare"
"A scenario needs at least one product and one supply model, each supply model at least one location, each location at least one
route, each route at least one stage.";

    FileMissing "E0301" "a file cannot be read"
"Files are looked up relative to the scenario that names them, must exist, and must be readable by you. Check the spelling, and whether the
file was sent along with the scenario.";

    FileOutside "E0302" "a file lies outside the scenario's folder"
"A scenario may name files in its own folder and below, so that one received from somebody else cannot read yours. If you
trust it, run with `--allow-outside`.";

    HistoryEmpty "E0303" "the sales history is empty"
"The file was read, but has no row for this product. Check the `sku` column and spelling, and the file itself.";

    HistoryBad "E0304" "the sales history cannot be used"
"Rows need a date and a number of units. Days without a row count as days without a sale, several rows of one day are added up, and negative
units are taken for returns and left out; each is stated as a warning. A date that is no date or could be two, or a text that is no number, is an
error: correct the file, or say which of day and month stands first.";

    CatalogueBad "E0305" "the catalogue cannot be used"
"A catalogue is a table with a header and a row a product: `sku`, `price` and `unit-cost`, and what else a product has. Columns of other names
are named in the scenario: `catalogue = { file = \"products.csv\", columns = { unit-cost = \"landed\" } }`.

A row that cannot be used is told and left out, and the others run; with `--strict` (or `strict = true`) it refuses the whole.";

    NotYetSimulated "E0401" "this is in the format but not simulated yet"
"The scenario format names things that this version does not simulate. It refuses them rather than ignore them: a result that
silently left them out would be wrong.";

    TooLarge "E0402" "the run would not fit into memory"
"The size of a run grows with replications x products x models (one row of KPIs each) and with days x models (daily bands). The
message gives the estimate and what the machine has. Use fewer replications, or split the products over several scenarios.";

    NoRoom "E0403" "the run could not be counted"
"Units and money are kept in whole numbers (money in millionths of the currency), so that every sum is exact. They have room for
4 million million units of a product at a time, and for any price at any volume that people trade. A scenario that would leave it is
refused, and a run that leaves it stops: nothing wraps around and nothing is cut off. Give prices and costs in thousands, count units in
pallets or in thousands, shorten the horizon, or lower a trend that grows without end.
Orders of several units are drawn one by one: at most 50,000 of a product a day. Leave `units-per-order` out, or count in cartons.";

    WarnRepair "W0501" "the history was repaired"
"A stated repair: missing days were filled with zero sales, several rows of one day were added up, returns were left out, numbers or dates were read in
the form that the rest of the file has; or long runs of days without a sale were taken for stock-outs.
If a gap is a stock-out and not a day without demand, the demand that drives the run is too low.";

    WarnRow "W0503" "a row of the catalogue is left out"
"The row cannot be used, for the reason that is told, and the others run without it: sums over products lack it. Mend the row, or take it out of the
table. With `--strict` (or `strict = true` in `catalogue`) such a row refuses the whole.";

    WarnUnlikely "W0502" "this is allowed, but unlikely to be meant"
"The value is legal, and results are right for it, but it is more often a mistake than a wish.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        for (i, a) in Code::ALL.iter().enumerate() {
            assert!(a.explanation().len() > 80, "{}", a.name());
            assert!(Code::ALL[i + 1..].iter().all(|b| b.name()[1..] != a.name()[1..]), "{}", a.name());
            assert_eq!(Code::from_name(a.name()), Some(*a));
            assert_eq!(Code::from_name(&a.name().to_lowercase()), Some(*a));
        }
        assert_eq!(Code::from_name("E9999"), None);
    }
}
