//! A forecast of sales: fitted, drawn, and measured on the past.

use super::{Known, usage};
use restock_base::calendar::Occasion;
use restock_base::diag::{Error, did_you_mean};
use restock_base::names;
use restock_forecast::backtest::Spec;
use restock_forecast::outlook::{Draws, Outlook};
use restock_forecast::totals::{self, record};
use restock_forecast::{Item, Method, Panel, Pipeline, Prepared, Step, all_methods, default_method, method};
use restock_report::format;
use restock_report::outlook::Material;
use std::ops::ControlFlow;

/// Sample paths of an item, the seed, and the items that are shown, where nobody says.
pub const PATHS: u32 = 1000;
/// The seed where nobody says.
pub const SEED: u64 = 1;
/// Items charted, and listed in the table, where nobody says.
pub const SHOWN: usize = 8;

/// Rows of all sample paths that are kept at most: what fits into the memory of a small machine.
pub const MOST_ROWS: u64 = 20_000_000;

/// What is forecast, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Periods ahead; as usual for the step, if nothing is said.
    pub horizon: Option<u16>,
    /// Totals of so many periods besides, such as lead times; the horizon is the longest.
    pub totals: Vec<u16>,
    /// Name of the method; the usual one, if nothing is said.
    pub method: Option<String>,
    /// Sample paths of an item.
    pub paths: u32,
    /// Seed of all draws.
    pub seed: u64,
    /// Items without sales, forecast by those like them.
    pub new: Vec<Item>,
    /// Items that took the place of others, whose sales they inherit: the old one, the new one.
    pub replaces: Vec<(String, String)>,
    /// Whether every path is kept.
    pub keep_paths: bool,
}

impl Default for Forecast {
    fn default() -> Self {
        let (totals, new, replaces) = (Vec::new(), Vec::new(), Vec::new());
        Forecast { horizon: None, totals, method: None, paths: PATHS, seed: SEED, new, replaces, keep_paths: false }
    }
}

/// Sales that are about to be forecast.
pub struct Ready {
    /// The items as they are forecast: with successors and new ones.
    pub panel: Panel,
    /// The method.
    pub method: Box<dyn Method>,
    /// How the sales are made ready.
    pub pipeline: Pipeline,
    /// Holidays of the countries that were named.
    pub holidays: Vec<Occasion>,
    /// Lengths of totals, the shortest first.
    pub lead_times: Vec<usize>,
    /// Periods ahead that are counted.
    pub horizon: usize,
    /// Share of the last period that had passed when the file ended, if it has begun.
    pub unfinished: Option<f64>,
    paths: u32,
    seed: u64,
    keep_paths: bool,
}

/// A forecast.
pub struct Forecasted {
    /// The sales, made ready.
    pub history: Prepared,
    /// The futures of every item, summed up.
    pub outlook: Outlook,
    /// Name of the method.
    pub method: String,
    /// Demand and sales of every path, item by item, if they were to be kept.
    pub paths: (Vec<f64>, Vec<f64>),
    /// Holidays of the countries that were named.
    pub holidays: Vec<Occasion>,
    ended: Vec<Option<f64>>,
    lead_times: Vec<usize>,
    horizon: usize,
    unfinished: Option<f64>,
    number: u32,
    fitted_by: Box<dyn Method>,
    spec: Spec,
}

/// Periods ahead: as told, those of the longest total, or as usual.
#[must_use]
pub fn horizon(asked: Option<u16>, totals: &[u16], step: Step) -> usize {
    let longest = totals.iter().max().copied();
    longest.or(asked).map_or_else(|| step.usual_horizon(), usize::from)
}

/// Lengths of totals, the shortest first, each once.
#[must_use]
pub fn lengths(asked: &[u16]) -> Vec<usize> {
    let mut lengths: Vec<usize> = asked.iter().map(|l| usize::from(*l)).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// The method of that name.
///
/// # Errors
///
/// If there is none, which there are.
pub fn named(name: &str, step: Step) -> Result<Box<dyn Method>, Error> {
    method(name, step).ok_or_else(|| {
        let known: Vec<String> = all_methods(step).iter().map(|m| m.name()).collect();
        usage(format!("there is no method `{name}`; there are `{}`", known.join("`, `")))
    })
}

impl Forecast {
    /// What changes the figures, where it is not as usual, as words of a folder's name; `countries` and whether suspected stock-outs are kept
    /// are said of the sales.
    #[must_use]
    pub fn words(&self, countries: Option<String>, keeps_suspected: bool) -> Vec<String> {
        let mut out = Vec::new();
        let mut word = |name: &str, value: Option<String>| out.extend(value.map(|v| format!("{name}={v}")));
        word("horizon", self.horizon.map(|h| h.to_string()));
        let listed = |t: &[u16]| t.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        word("totals", (!self.totals.is_empty()).then(|| listed(&self.totals)));
        self.replaces.iter().for_each(|(old, new)| word("replaces", Some(format!("{old}={new}"))));
        word("method", self.method.clone());
        word("paths", (self.paths != PATHS).then(|| self.paths.to_string()));
        word("seed", (self.seed != SEED).then(|| self.seed.to_string()));
        self.new.iter().for_each(|item| word("new", Some(item.name.clone())));
        word("country", countries);
        word("suspected", keeps_suspected.then(|| "keep".to_owned()));
        out
    }

    /// Checks what is asked against the sales.
    ///
    /// # Errors
    ///
    /// If an item, a category or the method is not there, a new item is, or the paths that are to be kept are too many.
    pub fn ready(&self, known: &Known) -> Result<Ready, Error> {
        let mut panel = known.sales.panel.clone();
        self.succeed(&mut panel)?;
        self.launch(&mut panel)?;
        let horizon = horizon(self.horizon, &self.totals, panel.step);
        // A period that has begun when the file ends is drawn, and in no total.
        let unfinished = known.sales.unfinished.map(|u| u.1);
        let drawn = usize::from(unfinished.is_some()) + horizon;
        let rows = panel.items.len() as u64 * u64::from(self.paths) * drawn as u64;
        if self.keep_paths && rows > MOST_ROWS {
            return Err(usage(format!(
                "paths.parquet would have {} rows, {} at most are written; ask for fewer `--paths` or a shorter `--horizon`",
                format::count(rows as f64),
                format::count(MOST_ROWS as f64)
            )));
        }
        let method = match &self.method {
            Some(name) => named(name, panel.step)?,
            None => default_method(panel.step),
        };
        let (calendar, holidays) = known.calendar(drawn)?;
        let pipeline = known.pipeline(calendar);
        let (paths, seed, keep_paths, lead_times) = (self.paths, self.seed, self.keep_paths, lengths(&self.totals));
        Ok(Ready { panel, method, pipeline, holidays, lead_times, horizon, unfinished, paths, seed, keep_paths })
    }

    /// Gives each successor the sales of the item that it took the place of, which is no item of its own any longer. In periods in which both sold,
    /// both count.
    fn succeed(&self, panel: &mut Panel) -> Result<(), Error> {
        for (old, new) in &self.replaces {
            let find = |name| found(panel, name, &format!("`--replaces {old}={new}`: the file has no item `{name}`"));
            let (from, to) = (find(old)?, find(new)?);
            let before = panel.items[from].clone();
            panel.items[to].inherit(&before);
            panel.items.remove(from);
        }
        Ok(())
    }

    /// Adds new items, which begin with the first period forecast.
    fn launch(&self, panel: &mut Panel) -> Result<(), Error> {
        for item in &self.new {
            if panel.items.iter().any(|i| i.name == item.name) {
                return Err(usage(format!(
                    "`--new {}`: there are sales of that item; leave `--new` out, or give another name",
                    item.name
                )));
            }
            if let Some(group) = &item.group
                && !panel.items.iter().any(|i| i.group.as_ref() == Some(group))
            {
                return Err(usage(format!(
                    "`--new {}`: no item of the file is of the category `{group}`; name the column of categories with `--group`, and one that it has",
                    item.name
                )));
            }
            panel.items.push(Item { start: panel.periods, ..item.clone() });
        }
        Ok(())
    }
}

impl Ready {
    /// Items of those names, by index.
    ///
    /// # Errors
    ///
    /// If there is no such item.
    pub fn items(&self, names: &[String]) -> Result<Vec<usize>, Error> {
        let find = |name: &String| found(&self.panel, name, &format!("`--only {name}`: the file has no such item"));
        names.iter().map(find).collect()
    }

    /// Periods that are drawn: one that has begun, and those ahead.
    #[must_use]
    pub fn drawn(&self) -> usize {
        usize::from(self.unfinished.is_some()) + self.horizon
    }

    /// What is drawn of each item.
    #[must_use]
    pub fn draws(&self) -> Draws<'_> {
        let counted = usize::from(self.unfinished.is_some())..self.drawn();
        Draws { paths: self.paths, counted, seed: self.seed, lead_times: &self.lead_times }
    }

    /// How the method is measured on the past.
    #[must_use]
    pub fn spec(&self) -> Spec {
        Spec { horizon: self.horizon, seed: self.seed, suspected: self.pipeline.suspected, ..Spec::default() }
    }

    /// Fits the method and draws futures; `heard` is told how many items of how many are drawn, and says whether to go on. Absent if it ends it.
    pub fn look(self, heard: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Option<Forecasted> {
        let history = self.pipeline.prepare(self.panel.clone());
        let fitted = history.fit(self.method.as_ref());
        let items = history.sold.items.len() as u64;
        if heard(0, items).is_break() {
            return None;
        }
        let mut paths = (Vec::new(), Vec::new());
        let outlook = history.look_ahead(fitted.as_ref(), &self.draws(), &mut |i, demand, sales| {
            if self.keep_paths {
                paths.0.extend_from_slice(demand);
                paths.1.extend_from_slice(sales);
            }
            heard(i as u64 + 1, items)
        })?;
        let ended = (0..history.sold.items.len()).map(|i| fitted.ended(i)).collect();
        let spec = self.spec();
        Some(Forecasted {
            history,
            outlook,
            method: self.method.name(),
            paths,
            holidays: self.holidays,
            ended,
            lead_times: self.lead_times,
            horizon: self.horizon,
            unfinished: self.unfinished,
            number: self.paths,
            fitted_by: self.method,
            spec,
        })
    }
}

impl Forecasted {
    /// What tables and charts are made of.
    #[must_use]
    pub fn material(&self) -> Material<'_> {
        Material {
            history: &self.history,
            outlook: &self.outlook,
            method: &self.method,
            horizon: self.horizon,
            paths: self.number,
            unfinished: self.unfinished,
            lead_times: &self.lead_times,
            ended: &self.ended,
        }
    }

    /// Periods that were drawn: one that has begun, and those ahead.
    #[must_use]
    pub fn drawn(&self) -> usize {
        usize::from(self.unfinished.is_some()) + self.horizon
    }

    /// How good the method was on the past; absent where there is too little of it.
    #[must_use]
    pub fn record(&self) -> Option<totals::Record> {
        record(&self.history.sold, &self.history.calendar, self.fitted_by.as_ref(), self.spec)
    }

    /// What was forecast, in a line; `panel` is of the file, without new items.
    #[must_use]
    pub fn heading(&self, panel: &Panel) -> String {
        format!(
            "{}, {} from {} to {}; {}, {} paths",
            format::counted(self.history.sold.items.len(), "item"),
            format::counted(panel.periods, panel.step.noun()),
            panel.first,
            panel.date(panel.periods).plus(-1),
            self.method,
            format::count(f64::from(self.number)),
        )
    }
}

/// The item of a name, by index; else `refusal` is said, with a name that is close.
fn found(panel: &Panel, name: &str, refusal: &str) -> Result<usize, Error> {
    panel.items.iter().position(|i| i.name == name).ok_or_else(|| {
        let close = did_you_mean(name, panel.items.iter().map(|i| i.name.as_str()));
        let hint = close.map(|c| format!("; did you mean `{c}`?")).unwrap_or_default();
        usage(format!("{refusal}{hint}"))
    })
}

/// `OLD=NEW`.
///
/// # Errors
///
/// What to write instead.
pub fn successor(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(old, new)| (old.trim(), new.trim()));
    match parts {
        Some((old, new)) if !old.is_empty() && !new.is_empty() && old != new => Ok((old.to_owned(), new.to_owned())),
        _ => Err("name both items: `OLD=NEW`".into()),
    }
}

/// `Lamp,category=Lighting,price=39`.
///
/// # Errors
///
/// What to write instead.
pub fn new_item(text: &str) -> Result<Item, String> {
    let mut parts = text.split(',').map(str::trim);
    let name = parts.next().filter(|n| !n.is_empty()).ok_or("name the item: `Lamp,category=Lighting,price=39`")?;
    if let Some((_, c, why)) = names::first_harm(text) {
        return Err(format!("it holds {} (U+{:04X}); write it without", why.what(), c as u32));
    }
    let mut item = Item::new(name, 0, Vec::new());
    for part in parts {
        match part.split_once('=').map(|(k, v)| (k.trim(), v.trim())) {
            Some(("category", v)) => item.group = Some(v.to_owned()),
            Some(("price", v)) => {
                let price: f64 = v.parse().map_err(|_| format!("price `{v}` is no number"))?;
                if !(price.is_finite() && price > 0.0) {
                    return Err(format!("price `{v}` must be above 0"));
                }
                item.price = Some(price);
            }
            _ => return Err(format!("`{part}` is neither `category=..` nor `price=..`")),
        }
    }
    Ok(item)
}
