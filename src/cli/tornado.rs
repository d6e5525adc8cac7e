//! `restock tornado`.

use super::question::{Asked, Common, failed};
use super::{Outcome, print};
use crate::decide::{Factor, Map, Pair, Runs, Sobol, SobolDesign, Span, Tornado};
use crate::diag::{Error, did_you_mean};
use crate::model::Kpi;
use crate::names;
use crate::report::{self, Comparison};
use crate::scenario::{Key, Part, Ranged, Register, Variant, register};

/// Replications of each point of a Sobol design: common draws leave little noise, and what they leave is taken off.
const SOBOL_REPLICATIONS: u32 = 64;

/// Independent scrambles of the points.
const SCRAMBLES: u32 = 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Supply model whose KPI counts [default: the best but for `--against`]
    #[arg(long, value_name = "MODEL")]
    of: Option<String>,
    /// Supply model whose KPI is taken off [default: the first]
    #[arg(long, value_name = "MODEL")]
    against: Option<String>,
    /// Compare every pair of supply models
    #[arg(long, conflicts_with_all = ["of", "against", "map", "sobol"])]
    all_pairs: bool,
    /// KPI whose difference is explained, by its name in kpis.csv
    #[arg(long, value_name = "KPI", default_value = "residual_income", value_parser = kpi)]
    kpi: Kpi,
    /// Vary only these: a name of `[ranges]`, or any key of the scenario with its range
    #[arg(long, value_name = "KEY[=LOW:HIGH]", value_parser = clap::value_parser!(Span))]
    only: Vec<Span>,
    /// Vary this between other values, besides the rest
    #[arg(long, value_name = "KEY=LOW:HIGH", value_parser = clap::value_parser!(Span), conflicts_with = "only")]
    range: Vec<Span>,
    /// Sobol's sensitivity indices: assumptions vary all at once
    #[arg(long)]
    sobol: bool,
    /// Assumptions that vary at once: those with the largest effects
    #[arg(long, default_value_t = 10, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u16).range(1..=SobolDesign::MOST_INPUTS as i64))]
    sobol_keys: u16,
    /// Points of each of the two samples; brought up to 32, 64, 128 and so on
    #[arg(long, default_value_t = 256, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u32).range(32..=65_536))]
    sobol_points: u32,
    /// Replications of each point
    #[arg(long, default_value_t = SOBOL_REPLICATIONS, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u32).range(2..))]
    sobol_replications: u32,
    /// Draw a map of the difference over two assumptions: give it twice
    #[arg(long, value_name = "KEY=FROM:TO:STEP", value_parser = clap::value_parser!(Factor), conflicts_with_all = ["sobol", "only", "range"])]
    map: Vec<Factor>,
}

/// Why a question is not answered.
enum Refused {
    Error(Error),
    Problems(crate::diag::Diagnostics),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Error(error)
    }
}

fn wrong(message: String) -> Refused {
    Refused::Error(Error::new("question", message))
}

pub(super) fn run(args: &Args) -> Outcome {
    let asked = Asked::begin("tornado", &args.common, question(args))?;
    let job = asked.job("varying assumptions", "variants");
    let told = &mut |done: u64, of: u64| job.at(0, done.min(of), of);
    let answer = match answer(args, &asked, told) {
        Ok(answer) => answer,
        Err(refused) => {
            return Err(job.print(|| match &refused {
                Refused::Error(error) => failed(error, args.common.output.json),
                Refused::Problems(problems) => asked.refuse(problems),
            }));
        }
    };
    asked.answer(answer, job)
}

/// What is asked besides the scenario.
fn question(args: &Args) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(args.of.iter().map(|of| format!("of={of}")));
    out.extend(args.against.iter().map(|against| format!("against={against}")));
    out.extend(args.all_pairs.then(|| "all-pairs".to_owned()));
    out.extend((args.kpi != Kpi::ResidualIncome).then(|| format!("kpi={}", args.kpi.name())));
    let spans = |word: &str, spans: &[Span]| {
        let ends = |s: &Span| s.range.map_or_else(String::new, |(low, high)| format!("={low}:{high}"));
        spans.iter().map(|s| format!("{word}:{}{}", s.key, ends(s))).collect::<Vec<_>>()
    };
    out.extend(spans("only", &args.only));
    out.extend(spans("range", &args.range));
    if args.sobol {
        out.push(format!("sobol={}x{}x{}", args.sobol_keys, args.sobol_points, args.sobol_replications));
    }
    out.extend(args.map.iter().map(|f| format!("map:{}={}", f.key, f.levels.join(":"))));
    out
}

fn answer(args: &Args, asked: &Asked, told: &mut dyn FnMut(u64, u64)) -> Result<report::Answer, Refused> {
    let scenario = asked.scenario();
    let models: Vec<&str> = scenario.models.iter().map(|m| m.name.as_str()).collect();
    if models.len() < 2 {
        return Err(wrong(format!(
            "the scenario has one supply model, `{}`: there is no difference to explain",
            models[0]
        )));
    }
    let base = asked.base.clone().settled();
    let mut runs = Runs::new(&asked.lab, &base, asked.experiment(), args.kpi);
    let about = (scenario, asked.experiment());
    let pairs = pairs(args, &models, &mut runs)?;
    if !args.map.is_empty() {
        let (axes, levels) = axes(args, &base, models[pairs[0].of])?;
        let cells = (levels[0].len() * levels[1].len()) as u64;
        let about_map = (pairs[0], axes);
        let map = Map::run(&mut runs, about_map, (&levels[0], &levels[1]), &mut |done| told(done, cells))?;
        return Ok(report::map(about, args.kpi, &map, print::width()));
    }
    let mut found = Vec::new();
    for (i, pair) in pairs.iter().enumerate() {
        let Register { used: assumptions, left_out } = assumptions(args, &base, models[pair.of])?;
        // Two ends each, and a few break-evens; the bar ends with the work.
        let guess = (pairs.len() - i) as u64 * 4 * assumptions.len() as u64;
        let mut tornado = Tornado::run(&mut runs, *pair, &assumptions, &mut |done| told(done, done.max(guess)))?;
        tornado.left_out.splice(0..0, left_out);
        found.push(tornado);
    }
    let sobol = if args.sobol { Some(sobol(args, &runs, &found[0], told)?) } else { None };
    let comparison = Comparison { kpi: args.kpi, tornadoes: &found, sobol: sobol.as_ref() };
    Ok(report::tornado(about, &comparison, print::width()))
}

/// Sobol's indices of the assumptions with the largest effects.
fn sobol(args: &Args, runs: &Runs<'_>, tornado: &Tornado, told: &mut dyn FnMut(u64, u64)) -> Result<Sobol, Refused> {
    let varied: Vec<Ranged> = tornado
        .bars
        .iter()
        .filter(|bar| !bar.is_nothing())
        .take(usize::from(args.sobol_keys))
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
    let power = args.sobol_points.div_ceil(SCRAMBLES).next_power_of_two().trailing_zeros();
    let design = SobolDesign { inputs: varied.len(), scrambles: SCRAMBLES, power };
    let all = design.evaluations() as u64;
    let shape = (design, args.sobol_replications);
    Ok(Sobol::run(runs, (tornado.pair, &varied), shape, &mut |done| told(done, all))?)
}

/// The models to compare.
fn pairs(args: &Args, models: &[&str], runs: &mut Runs<'_>) -> Result<Vec<Pair>, Refused> {
    if args.all_pairs {
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
    let (of, against) = (args.of.as_deref().map(find).transpose()?, args.against.as_deref().map(find).transpose()?);
    let pair = match (of, against) {
        (Some(of), Some(against)) => Pair { of, against },
        (Some(0), None) => Pair { of: 0, against: Pair::usual(runs, models.len())?.of },
        (Some(of), None) => Pair { of, against: 0 },
        (None, Some(against)) => Pair { of: Pair::best_but(runs, models.len(), against)?, against },
        (None, None) => Pair::usual(runs, models.len())?,
    };
    if pair.of == pair.against {
        return Err(wrong(format!("`{}` is compared with itself; name another model", names::shown(models[pair.of]))));
    }
    Ok(vec![pair])
}

/// What is varied, and what is not and why.
fn assumptions(args: &Args, base: &Variant, of: &str) -> Result<Register, Refused> {
    let register = register(base, of);
    let given = |spans: &[Span]| spans.iter().map(|s| ranged(s, &register, base)).collect::<Result<Vec<_>, Refused>>();
    let named = given(if args.only.is_empty() { &args.range } else { &args.only })?;
    for (i, one) in named.iter().enumerate() {
        if let Some(other) = named[..i].iter().find(|other| other.name == one.name) {
            return Err(wrong(format!("`{}` is varied twice; give it once", other.name)));
        }
    }
    if !args.only.is_empty() {
        return Ok(Register { used: named, left_out: Vec::new() });
    }
    let mut left_out = register.left_out;
    let mut out = Vec::new();
    for assumption in register.used {
        match named.iter().find(|n| n.name == assumption.name || n.meets(&assumption)) {
            Some(own) if own.name == assumption.name => {}
            Some(own) => left_out.push((assumption.label.clone(), format!("`{}` is varied in its place", own.name))),
            None => out.push(assumption),
        }
    }
    out.splice(0..0, named);
    Ok(Register { used: out, left_out })
}

/// What the reader names, with its range.
fn ranged(span: &Span, register: &Register, base: &Variant) -> Result<Ranged, Refused> {
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
    Ranged::of_key(base, &span.key, range, span.share).map_err(Refused::Problems)
}

/// The two assumptions of a map, and their values in rising order.
fn axes(args: &Args, base: &Variant, of: &str) -> Result<([Ranged; 2], [Vec<f64>; 2]), Refused> {
    let [x, y] = args.map.as_slice() else {
        return Err(wrong(format!("a map has two axes and `--map` is given {} times; give it twice", args.map.len())));
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
        Ok::<_, Refused>((ranged(&span, &register, base)?, numbers))
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

/// A KPI by its name.
fn kpi(text: &str) -> Result<Kpi, String> {
    Kpi::from_name(text).ok_or_else(|| match did_you_mean(text, Kpi::ALL.iter().map(|k| k.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the name of a KPI as in kpis.csv, `residual_income` say".into(),
    })
}
