//! The past of sales, forecast, and how good that was.

use super::Known;
use super::forecast::{horizon, lengths, named};
use restock_base::diag::Error;
use restock_forecast::backtest::{Scores, Spec, Watch, backtest};
use restock_forecast::totals::{Backlook, Totals};
use restock_forecast::{Calendar, Method, Panel, SuspectedStockOuts, methods};
use restock_report::chart::Csv;
use restock_report::{accuracy, format};
use std::ops::ControlFlow;

/// What is compared on the past, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backtest {
    /// Periods ahead; as usual for the step, if nothing is said.
    pub horizon: Option<u16>,
    /// Totals of so many periods that are scored, such as lead times; the horizon is the longest.
    pub totals: Vec<u16>,
    /// Points in the past from which to forecast, one horizon apart.
    pub origins: u16,
    /// Sample paths of an item.
    pub paths: u32,
    /// Seed of all draws.
    pub seed: u64,
    /// Names of the methods; without any, all.
    pub methods: Vec<String>,
    /// Whether runs of zeros that chance does not explain are taken for stock-outs.
    pub mask_suspected: bool,
}

impl Default for Backtest {
    fn default() -> Self {
        let (totals, methods) = (Vec::new(), Vec::new());
        Backtest { horizon: None, totals, origins: 4, paths: 500, seed: 1, methods, mask_suspected: false }
    }
}

/// Methods that are about to be compared.
pub struct Trials<'a> {
    /// Sales.
    pub panel: &'a Panel,
    /// Holidays and other dates that methods know of.
    pub calendar: Calendar,
    /// The methods.
    pub compared: Vec<Box<dyn Method>>,
    /// How they are compared.
    pub spec: Spec,
    lengths: Vec<usize>,
}

/// How good methods were.
pub struct Backtested {
    /// Scores of every method.
    pub scores: Vec<Scores>,
    /// Totals of every method; none if no lengths were asked for.
    pub totals: Vec<Totals>,
    /// Periods ahead.
    pub horizon: usize,
    heading: String,
    lengths: Vec<usize>,
}

impl Backtest {
    /// Checks what is asked against the sales; `jobs` threads compare.
    ///
    /// # Errors
    ///
    /// If a method is not there, or holidays are not known so long ago.
    pub fn ready<'a>(&self, known: &'a Known, jobs: usize) -> Result<Trials<'a>, Error> {
        let panel = &known.sales.panel;
        let compared = match self.methods.as_slice() {
            [] => methods(panel.step),
            names => names.iter().map(|name| named(name, panel.step)).collect::<Result<_, _>>()?,
        };
        let spec = Spec {
            horizon: horizon(self.horizon, &self.totals, panel.step),
            origins: usize::from(self.origins),
            paths: self.paths,
            seed: self.seed,
            jobs,
            suspected: if self.mask_suspected { SuspectedStockOuts::Mask } else { SuspectedStockOuts::Keep },
        };
        let (calendar, _) = known.calendar(spec.horizon)?;
        Ok(Trials { panel, calendar, compared, spec, lengths: lengths(&self.totals) })
    }
}

impl Trials<'_> {
    /// Methods whose totals are scored.
    #[must_use]
    pub fn of_totals(&self) -> &[Box<dyn Method>] {
        if self.lengths.is_empty() { &[] } else { &self.compared }
    }

    /// Compares on these sales, or on a sample of them. `watch` hears of each fit, and `heard` how many of how many fits of totals are done; either says
    /// whether to go on. Absent if one ends it.
    pub fn compare(
        &self,
        panel: &Panel,
        watch: &dyn Watch,
        heard: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Option<(Vec<Scores>, Vec<Totals>)> {
        let scores = backtest(panel, &self.calendar, &self.compared, self.spec, watch)?;
        let back = Backlook { panel, calendar: &self.calendar, spec: self.spec, lengths: &self.lengths };
        let all = back.fits(self.of_totals().len()) as u64;
        let totals = back.totals(self.of_totals(), &mut |done| heard(done as u64, all))?;
        Some((scores, totals))
    }

    /// What was found, if anything could be.
    ///
    /// # Errors
    ///
    /// If the history is too short.
    pub fn ended(&self, (scores, totals): (Vec<Scores>, Vec<Totals>)) -> Result<Backtested, Error> {
        let (panel, Spec { horizon, origins, paths, .. }) = (self.panel, self.spec);
        let scored = scores.first().map_or(0, |s| s.rows.len());
        let noun = panel.step.noun();
        if scored == 0 {
            let message = format!(
                "nothing can be backtested: {} {noun}s of history for a horizon of {horizon}; give more history or a shorter `--horizon`",
                panel.periods
            );
            return Err(Error::new("question", message));
        }
        let heading = format!(
            "{}, {} from {}, {horizon} ahead from {}: {}, {} each",
            format::counted(panel.items.len(), "item"),
            format::counted(panel.periods, noun),
            panel.first,
            format::counted(origins, "origin"),
            format::counted(scored, "forecast"),
            format::counted(paths as usize, "path"),
        );
        Ok(Backtested { scores, totals, horizon, heading, lengths: self.lengths.clone() })
    }
}

impl Backtested {
    /// What the terminal shows, in so many columns.
    #[must_use]
    pub fn text(&self, panel: &Panel, width: u16) -> String {
        let text = accuracy::text(panel, &self.scores, self.horizon, width);
        format!("{}\n\n{text}{}", self.heading, accuracy::totals(panel, &self.totals, &self.lengths, width))
    }

    /// Every score: a row for each method, item and origin.
    #[must_use]
    pub fn table(&self, panel: &Panel) -> Csv {
        let mut csv = Csv::new(&[
            "method",
            "item",
            "origin",
            "class",
            "periods",
            "scaled_pinball",
            "total_pinball",
            "crps",
            "units_before",
            "error",
            "absolute_error",
            "units",
            "mase",
            "rmsse",
            "smape",
        ]);
        for s in &self.scores {
            for r in &s.rows {
                let numbers = [
                    r.periods,
                    r.scaled_pinball,
                    r.total_pinball,
                    r.crps,
                    r.weight,
                    r.error,
                    r.absolute_error,
                    r.units,
                    r.mase,
                    r.rmsse,
                    r.smape,
                ];
                let origin = panel.date(r.origin).to_string();
                let head = [s.method.clone(), panel.items[r.item].name.clone(), origin, r.class.name().to_owned()];
                csv.push(head.into_iter().chain(numbers.map(|v| v.to_string())).collect());
            }
        }
        csv
    }
}
