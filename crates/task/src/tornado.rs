//! What a comparison hinges on.

use super::{Subject, Told};
use restock_base::diag::{Error, did_you_mean};
use restock_base::names;
use restock_decide::{Factor, Map, Pair, Runs, Sobol, SobolDesign, Span, Tornado};
use restock_kernel::model::Kpi;
use restock_report::{self as report, Answer, Comparison};
use restock_scenario::{Key, Part, Ranged, Register, Variant, register};

/// Independent scrambles of the points of a Sobol design.
const SCRAMBLES: u32 = 16;

/// What is varied, and which difference it moves.
#[derive(Debug, Clone)]
pub struct TornadoTask {
    /// Supply model whose KPI counts; else the best but for the other one.
    pub of: Option<String>,
    /// Supply model whose KPI is taken off; else the first.
    pub against: Option<String>,
    /// Whether every pair of supply models is compared.
    pub all_pairs: bool,
    /// KPI whose difference is explained.
    pub kpi: Kpi,
    /// What alone is varied; without any, all assumptions that have a range.
    pub only: Vec<Span>,
    /// What is varied between other values, besides the rest.
    pub range: Vec<Span>,
    /// Size of the design of Sobol's indices, if they are asked for.
    pub sobol: Option<SobolSize>,
    /// The two axes of a map; none if no map is asked for.
    pub map: Vec<Factor>,
}

impl Default for TornadoTask {
    fn default() -> Self {
        let (only, range, map) = (Vec::new(), Vec::new(), Vec::new());
        TornadoTask {
            of: None,
            against: None,
            all_pairs: false,
            kpi: Kpi::ResidualIncome,
            only,
            range,
            sobol: None,
            map,
        }
    }
}

/// Size of a design of Sobol's indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SobolSize {
    /// Assumptions that vary at once: those with the largest effects.
    pub keys: u16,
    /// Points of each of the two samples; brought up to a power of two of [`SobolSize::LEAST_POINTS`] at least.
    pub points: u32,
    /// Replications of each point: common draws leave little noise, and what they leave is taken off.
    pub replications: u32,
}

impl SobolSize {
    /// Fewest points of a sample.
    pub const LEAST_POINTS: u32 = 32;
    /// Most points of a sample.
    pub const MOST_POINTS: u32 = 65_536;
    /// Most assumptions that vary at once.
    pub const MOST_KEYS: u16 = SobolDesign::MOST_INPUTS as u16;
}

impl Default for SobolSize {
    fn default() -> Self {
        SobolSize { keys: 10, points: 256, replications: 64 }
    }
}

fn wrong(message: String) -> Error {
    Error::new("question", message)
}

impl TornadoTask {
    /// What is asked besides the scenario, as words of a folder's name.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.of.iter().map(|of| format!("of={of}")));
        out.extend(self.against.iter().map(|against| format!("against={against}")));
        out.extend(self.all_pairs.then(|| "all-pairs".to_owned()));
        out.extend((self.kpi != Kpi::ResidualIncome).then(|| format!("kpi={}", self.kpi.name())));
        let spans = |word: &str, spans: &[Span]| {
            let ends = |s: &Span| s.range.map_or_else(String::new, |(low, high)| format!("={low}:{high}"));
            spans.iter().map(|s| format!("{word}:{}{}", s.key, ends(s))).collect::<Vec<_>>()
        };
        out.extend(spans("only", &self.only));
        out.extend(spans("range", &self.range));
        out.extend(self.sobol.map(|s| format!("sobol={}x{}x{}", s.keys, s.points, s.replications)));
        out.extend(self.map.iter().map(|f| format!("map:{}={}", f.key, f.levels.join(":"))));
        out
    }

    /// Varies; tables of the answer fit so many columns.
    ///
    /// # Errors
    ///
    /// If what is asked makes no sense, or a variant cannot be run.
    pub fn run(&self, subject: &Subject, width: u16, told: Told<'_>) -> Result<Answer, Error> {
        let scenario = subject.scenario();
        let models: Vec<&str> = scenario.models.iter().map(|m| m.name.as_str()).collect();
        if models.len() < 2 {
            return Err(wrong(format!(
                "the scenario has one supply model, `{}`: there is no difference to explain",
                models[0]
            )));
        }
        let base = subject.base.clone().settled();
        let mut runs = Runs::new(&subject.lab, &base, subject.experiment(), self.kpi);
        let about = (scenario, subject.experiment());
        let pairs = self.pairs(&models, &mut runs)?;
        if !self.map.is_empty() {
            let (axes, levels) = self.axes(&base, models[pairs[0].of])?;
            let cells = (levels[0].len() * levels[1].len()) as u64;
            let about_map = (pairs[0], axes);
            let map = Map::run(&mut runs, about_map, (&levels[0], &levels[1]), &mut |done| told(done, cells))?;
            return Ok(report::map(about, self.kpi, &map, width));
        }
        let mut found = Vec::new();
        for (i, pair) in pairs.iter().enumerate() {
            let Register { used: assumptions, left_out } = self.assumptions(&base, models[pair.of])?;
            // Two ends each, and a few break-evens; the bar ends with the work.
            let guess = (pairs.len() - i) as u64 * 4 * assumptions.len() as u64;
            let mut tornado = Tornado::run(&mut runs, *pair, &assumptions, &mut |done| told(done, done.max(guess)))?;
            tornado.left_out.splice(0..0, left_out);
            found.push(tornado);
        }
        let sobol = if let Some(size) = self.sobol { Some(sobol(size, &runs, &found[0], told)?) } else { None };
        let comparison = Comparison { kpi: self.kpi, tornadoes: &found, sobol: sobol.as_ref() };
        Ok(report::tornado(about, &comparison, width))
    }

    /// The models to compare.
    fn pairs(&self, models: &[&str], runs: &mut Runs<'_>) -> Result<Vec<Pair>, Error> {
        if self.all_pairs {
            let each = (0..models.len()).flat_map(|a| (a + 1..models.len()).map(move |b| Pair { of: b, against: a }));
            return Ok(each.collect());
        }
        let find = |name: &str| {
            models.iter().position(|m| *m == name.trim()).ok_or_else(|| {
                let hint = match did_you_mean(name, models.iter().copied()) {
                    Some(near) => format!("did you mean `{}`?", names::shown(near)),
                    None => format!(
                        "there are {}",
                        models.iter().map(|m| format!("`{}`", names::shown(m))).collect::<Vec<_>>().join(", ")
                    ),
                };
                wrong(format!("no supply model is named `{}`; {hint}", names::shown(name)))
            })
        };
        let (of, against) = (self.of.as_deref().map(find).transpose()?, self.against.as_deref().map(find).transpose()?);
        let pair = match (of, against) {
            (Some(of), Some(against)) => Pair { of, against },
            (Some(0), None) => Pair { of: 0, against: Pair::usual(runs, models.len())?.of },
            (Some(of), None) => Pair { of, against: 0 },
            (None, Some(against)) => Pair { of: Pair::best_but(runs, models.len(), against)?, against },
            (None, None) => Pair::usual(runs, models.len())?,
        };
        if pair.of == pair.against {
            return Err(wrong(format!(
                "`{}` is compared with itself; name another model",
                names::shown(models[pair.of])
            )));
        }
        Ok(vec![pair])
    }

    /// What is varied, and what is not and why.
    fn assumptions(&self, base: &Variant, of: &str) -> Result<Register, Error> {
        let register = register(base, of);
        let given =
            |spans: &[Span]| spans.iter().map(|s| ranged(s, &register, base)).collect::<Result<Vec<_>, Error>>();
        let named = given(if self.only.is_empty() { &self.range } else { &self.only })?;
        for (i, one) in named.iter().enumerate() {
            if let Some(other) = named[..i].iter().find(|other| other.name == one.name) {
                return Err(wrong(format!("`{}` is varied twice; give it once", other.name)));
            }
        }
        if !self.only.is_empty() {
            return Ok(Register { used: named, left_out: Vec::new() });
        }
        let mut left_out = register.left_out;
        let mut out = Vec::new();
        for assumption in register.used {
            match named.iter().find(|n| n.name == assumption.name || n.meets(&assumption)) {
                Some(own) if own.name == assumption.name => {}
                Some(own) => {
                    left_out.push((assumption.label.clone(), format!("`{}` is varied in its place", own.name)))
                }
                None => out.push(assumption),
            }
        }
        out.splice(0..0, named);
        Ok(Register { used: out, left_out })
    }

    /// The two assumptions of a map, and their values in rising order.
    fn axes(&self, base: &Variant, of: &str) -> Result<([Ranged; 2], [Vec<f64>; 2]), Error> {
        let [x, y] = self.map.as_slice() else {
            return Err(wrong(format!(
                "a map has two axes and `--map` is given {} times; give it twice",
                self.map.len()
            )));
        };
        let register = register(base, of);
        let axis = |factor: &Factor| {
            let key: &Key = &factor.key;
            let numbers = factor.numbers().filter(|n| n.len() > 1);
            let mut numbers =
                numbers.ok_or_else(|| wrong(format!("`{key}` is an axis of the map and needs two numbers or more")))?;
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            let range = (numbers[0], numbers[numbers.len() - 1]);
            let share = factor.levels.iter().any(|level| level.contains('%'));
            let span = Span { key: key.clone(), range: Some(range), share };
            Ok::<_, Error>((ranged(&span, &register, base)?, numbers))
        };
        let ((x, xs), (y, ys)) = (axis(x)?, axis(y)?);
        if x.meets(&y) {
            return Err(wrong(format!("both axes of the map set the same value: `{}` and `{}`", x.name, y.name)));
        }
        const MOST: usize = 2_500;
        if xs.len() * ys.len() > MOST {
            let cells = xs.len() * ys.len();
            return Err(wrong(format!("the map would have {cells} cells, {MOST} at most are run; take larger steps")));
        }
        Ok(([x, y], [xs, ys]))
    }
}

/// Sobol's indices of the assumptions with the largest effects.
fn sobol(size: SobolSize, runs: &Runs<'_>, tornado: &Tornado, told: Told<'_>) -> Result<Sobol, Error> {
    let varied: Vec<Ranged> = tornado
        .bars
        .iter()
        .filter(|bar| !bar.is_nothing())
        .take(usize::from(size.keys))
        .map(|bar| bar.assumption.clone())
        .collect();
    if varied.is_empty() {
        return Err(wrong("no assumption moves the difference: there is nothing to share out".into()));
    }
    for (i, one) in varied.iter().enumerate() {
        if let Some(other) = varied[..i].iter().find(|other| other.meets(one)) {
            let message = format!(
                "`{}` and `{}` set the same value and cannot vary at once; leave one out with `--only`",
                other.name, one.name
            );
            return Err(wrong(message));
        }
    }
    let power = size.points.div_ceil(SCRAMBLES).next_power_of_two().trailing_zeros();
    let design = SobolDesign { inputs: varied.len(), scrambles: SCRAMBLES, power };
    let all = design.evaluations() as u64;
    let shape = (design, size.replications);
    Sobol::run(runs, (tornado.pair, &varied), shape, &mut |done| told(done, all))
}

/// What the reader names, with its range.
fn ranged(span: &Span, register: &Register, base: &Variant) -> Result<Ranged, Error> {
    let name = match span.key.parts() {
        [Part::Name(name)] => Some(name.as_str()),
        _ => None,
    };
    if let Some(known) = name.and_then(|name| register.get(name)) {
        let mut known = known.clone();
        if let Some(range) = span.range {
            (known.range, known.source) = (range, "given".into());
            known.date.clear();
            known.confidence.clear();
        }
        return Ok(known);
    }
    if let Some(label) = name.and_then(Register::label) {
        let why = register.left_out.iter().find(|(l, _)| l == label).map_or("it is not used", |(_, why)| why);
        return Err(wrong(format!("`{}` ({label}) cannot be varied: {why}", span.key)));
    }
    let Some(range) = span.range else {
        let near = name.and_then(Register::near).map_or_else(
            || format!("give its range: `{}=LOW:HIGH`", span.key),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(wrong(format!("`{}` is no name of `[ranges]`, and so has no range of its own; {near}", span.key)));
    };
    Ranged::of_key(base, &span.key, range, span.share).map_err(Error::from)
}
