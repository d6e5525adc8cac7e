//! Random scenarios in which every mechanism works together, as text.

use restock_base::calendar::Day;
use restock_base::rng::{Draw, Stream};
use std::fmt::Write;

/// Picks by lot, from one seed.
pub struct Lot {
    draw: Draw,
    /// The factory's capacity is limited.
    throttled: bool,
    /// Supply models change on a date.
    changes: bool,
    /// Several products are made by one factory.
    shares: bool,
}

impl Lot {
    /// Of scenario `n`, by a stream of its own.
    fn new(seed: u64, purpose: &str, n: u32) -> Self {
        let draw = Stream::new(seed, "", purpose, "").at(n, 0, 0);
        Lot { draw, throttled: false, changes: false, shares: false }
    }

    fn below(&mut self, n: u32) -> u32 {
        (self.draw.uniform() * f64::from(n)) as u32
    }

    /// From `low` to `high`, both included.
    fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u32) as usize]
    }
}

/// Scenario number `n` as a run from today: what it would find after a warm-up is given instead.
pub fn from_today(n: u32) -> String {
    with_position(n, &scenario(n))
}

/// The same of a scenario with changes.
pub fn changing_from_today(n: u32) -> String {
    with_position(n, &changing(n))
}

fn with_position(n: u32, scenario: &str) -> String {
    let lot = &mut Lot::new(15, "random position", n);
    let said = |line: &&str| !line.starts_with("warmup-days") && !line.starts_with("initial-on-hand");
    let mut text: String = scenario.lines().filter(said).flat_map(|line| [line, "\n"]).collect();
    let start: Day = text
        .lines()
        .find_map(|l| l.strip_prefix("start = "))
        .and_then(|d| d.parse().ok())
        .map_or(Day(0), Day::from_date);
    let skus: Vec<String> = text.lines().filter_map(|l| l.strip_prefix("sku = ")).map(str::to_owned).collect();
    for sku in &skus {
        let (units, cost) = (lot.of(&["0", "40", "300"]), lot.of(&["", "unit-cost = 9.13\n", "level = 6\n"]));
        let _ = write!(text, "[[position.stock]]\nproduct = {sku}\nlocation = \"place 0\"\non-hand = {units}\n{cost}");
        for _ in 0..lot.between(0, 5) {
            let (units, ago, ahead) = (lot.between(1, 90), lot.between(1, 60) as i32, lot.between(0, 40) as i32);
            let (placed, arrives) = (start.plus(-ago), start.plus(ahead));
            let known = match lot.below(4) {
                0 => format!("placed = {placed}\n"),
                1 => format!("arrives = {arrives}\n"),
                2 => format!("placed = {placed}\narrives = {arrives}\n"),
                _ => format!(
                    "placed = {placed}\nstage = \"Production\"\ndays-in-stage = {}\n",
                    lot.between(0, ago as u32)
                ),
            };
            // In one case of three somebody says what was paid, which need not be what the terms say.
            let paid = match lot.below(6) {
                0 => format!("paid = {:.3}\n", 7.113 * f64::from(units) * f64::from(lot.below(11)) / 10.0),
                1 => format!("paid = {:.3}\n", 7.113 * f64::from(units)),
                _ => String::new(),
            };
            let _ = write!(
                text,
                "[[position.order]]\nproduct = {sku}\nlocation = \"place 0\"\nquantity = {units}\n{known}{paid}"
            );
        }
        for _ in 0..lot.between(0, 4) {
            let (units, ordered) = (lot.between(1, 20), start.plus(-(lot.between(1, 40) as i32)));
            let promised = match lot.below(3) {
                0 => String::new(),
                _ => format!("promised = {}\n", ordered.plus(lot.between(1, 50) as i32)),
            };
            let _ = write!(
                text,
                "\
                     [[position.backorder]]\n\
                     product = {sku}\n\
                     location = \"place 0\"\n\
                     quantity = {units}\n\
                     ordered = {ordered}\n\
                     {promised}"
            );
        }
        for _ in 0..lot.below(3) {
            let due = start.plus(lot.below(60) as i32);
            let amount = lot.between(1, 90_000);
            let _ = write!(text, "[[position.payable]]\nproduct = {sku}\namount = {amount}.37\ndue = {due}\n");
        }
        let product = text.split("[[product]]").find(|part| part.contains(&format!("sku = {sku}")));
        if product.is_some_and(|part| part.contains("[product.demand.surge]")) && lot.one_in(2) {
            let (began, peak) = (start.plus(-(lot.between(1, 90) as i32)), lot.of(&["1.5", "4", "0.6"]));
            let _ = write!(text, "[[position.surge]]\nproduct = {sku}\nbegan = {began}\npeak-uplift = {peak}\n");
        }
    }
    if lot.one_in(2) {
        let state = lot.of(&["calm", "rough", "shut"]);
        let _ = write!(text, "[[position.regime]]\nname = \"sea\"\nstate = \"{state}\"\n");
    }
    text
}

/// Scenario number `n`.
pub fn scenario(n: u32) -> String {
    random(n, &mut Lot::new(14, "random scenario", n))
}

/// A scenario in which locations open and close, shares and policies change, and routes stop and start, on one date or on two.
pub fn changing(n: u32) -> String {
    random(n, &mut Lot { changes: true, ..Lot::new(16, "random changes", n) })
}

/// Two or three products that one factory makes, now and then beside one that is made alone.
pub fn sharing(n: u32) -> String {
    let lot = Lot::new(17, "random factories", n);
    random(n, &mut Lot { throttled: true, changes: n.is_multiple_of(3), shares: true, ..lot })
}

/// The same from today: open orders of several products, some of them in production.
pub fn sharing_from_today(n: u32) -> String {
    with_position(n, &sharing(n))
}

/// Scenarios of all these kinds, whose products may be pre-ordered in one window or in two; a second model may not offer it.
pub fn pre_ordering(n: u32) -> String {
    let lot = &mut Lot::new(18, "random pre-orders", n);
    let scenario = [scenario, changing, sharing, scenario][n as usize % 4](n);
    let value = |key: &str| scenario.lines().find_map(|l| l.strip_prefix(key)).expect("every scenario has it");
    let start: Day = Day::from_date(value("start = ").parse().expect("a date"));
    let days: u32 = value("days = ").parse().expect("a number");
    let (mut text, mut of_product) = (String::new(), false);
    for line in scenario.lines() {
        if of_product && (line == "[[product]]" || line == "[[supply]]") {
            windows(lot, &mut text, (start, days));
            of_product = false;
        }
        of_product |= line == "[[product]]";
        let foresees = line == "forecast = \"truth\"";
        text.push_str(if foresees { "forecast = \"truth-without-surges\"" } else { line });
        text.push('\n');
        if line == "name = \"model 1\"" && lot.one_in(2) {
            text.push_str(lot.of(&["pre-orders = false\n", "sizes-order = true\n", "sizes-order = false\n"]));
        }
    }
    text
}

/// The same from today.
pub fn pre_ordering_from_today(n: u32) -> String {
    with_position(n, &pre_ordering(n))
}

/// Scenarios of all these kinds, of whose products some is sent back: soon or late, to stock or to be liquidated.
pub fn returning(n: u32) -> String {
    let lot = &mut Lot::new(19, "random returns", n);
    let kinds: [fn(u32) -> String; 5] = [pre_ordering, scenario, changing, sharing, scenario];
    let (mut text, mut of_location) = (String::new(), false);
    for line in kinds[n as usize % 5](n).lines() {
        text.push_str(line);
        text.push('\n');
        of_location |= line == "[[supply.location]]";
        match line {
            "unit-cost = 7.113" => {
                let share = lot.of(&["\"22%\"", "0.6", "1", "0"]);
                let days = lot.of(&["{ lognormal = { median = 19, p90 = 40 } }", "1", "{ uniform = [0, 3] }", "30"]);
                let resaleable = lot.of(&["\"80%\"", "1", "0"]);
                let _ = writeln!(text, "returns = {{ share = {share}, days = {days}, resaleable = {resaleable} }}");
            }
            "[planner]" | "[supply.planner]" => {
                let _ = writeln!(text, "nets-returns = {}", lot.one_in(2));
            }
            _ if of_location && line.starts_with("name = ") => {
                let to = lot.of(&["\"stock\"", "\"stock\"", "\"liquidate\""]);
                let (cost, recovery) = (lot.of(&["12", "0", "3.33"]), lot.of(&["\"20%\"", "0", "0.47"]));
                let days = lot.of(&["0", "0", "1", "45"]);
                let _ = write!(
                    text,
                    "return-to = {to}\nreturn-cost = {cost}\nrecovery = {recovery}\nrestock-days = {days}\n"
                );
                of_location = false;
            }
            _ => {}
        }
    }
    text
}

/// Scenarios of all these kinds, in which locations are spared while their stock covers too little, policies of two routes follow the forecast, and
/// events bring changes.
pub fn following(n: u32) -> String {
    let lot = &mut Lot::new(27, "random rules", n);
    let kinds: [fn(u32) -> String; 9] =
        [scenario, changing, sharing, of_several, changing, pre_ordering, returning, pausing, in_containers];
    kinds[n as usize % 9](n).split("[[supply]]\n").enumerate().fold(String::new(), |text, (k, part)| match k {
        0 => text + part,
        _ => text + "[[supply]]\n" + &with_rules(lot, part),
    })
}

/// The same from today.
pub fn following_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &following(n)))
}

/// Scenarios of all these kinds, in which locations are supplied from the stock of others.
pub fn supplied(n: u32) -> String {
    let lot = &mut Lot::new(29, "random networks", n);
    let kinds: [fn(u32) -> String; 10] = [
        scenario,
        changing,
        sharing,
        of_several,
        following,
        pre_ordering,
        returning,
        in_lots,
        in_containers,
        disrupted,
    ];
    let text = kinds[n as usize % 10](n);
    let several = text.contains("units-per-order");
    text.split("[[supply]]\n").enumerate().fold(String::new(), |text, (k, part)| match k {
        0 => text + part,
        _ => text + "[[supply]]\n" + &with_network(lot, part, several),
    })
}

/// The same from today.
pub fn supplied_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &supplied(n)))
}

/// A supply model in which some locations are supplied by another one that never closes.
fn with_network(lot: &mut Lot, model: &str, several: bool) -> String {
    let place = |line: &str| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        (name.starts_with("place") || name.starts_with("new")).then(|| name.to_owned())
    };
    let first = model.split("[[supply.change").next().unwrap_or_default();
    let mut names: Vec<String> = first.lines().filter_map(place).collect();
    if lot.one_in(2) {
        // Which one is upstream is no matter of the order in the file.
        names.reverse();
    }
    let closes = |name: &str| model.lines().any(|l| l.starts_with("close = ") && l.contains(&format!("\"{name}\"")));
    let sources: Vec<String> = names.iter().filter(|name| !closes(name)).cloned().collect();
    if names.len() < 2 || sources.is_empty() {
        return model.to_owned();
    }
    let mut source_of = std::collections::BTreeMap::new();
    for (k, name) in names.iter().enumerate() {
        let upstream: Vec<&String> = sources.iter().filter(|s| names[..k].contains(s)).collect();
        if !upstream.is_empty() && !lot.one_in(4) {
            source_of.insert(name.clone(), upstream[lot.below(upstream.len() as u32) as usize].clone());
        }
    }
    // Now and then one of them has no shoppers of its own: the last location that is nobody's source has its share, too.
    let reserve = sources.iter().find(|name| source_of.values().any(|s| s == *name)).cloned();
    let reserve = reserve.filter(|_| !model.contains("[[supply.change") && lot.one_in(2)).unwrap_or_default();
    let heir = names.iter().rev().find(|name| **name != reserve).cloned().unwrap_or_default();
    let (mut text, mut here, mut section) = (String::new(), String::new(), "");
    let mut from = false;
    for line in model.lines() {
        if line.starts_with("[[") {
            section = line;
        }
        if let Some(name) = place(line) {
            here = name;
        }
        let source = source_of.get(&here);
        if let Some(share) =
            line.strip_prefix("share = ").filter(|_| section == "[[supply.location]]" && !reserve.is_empty())
        {
            let all = |name: &String| -> f64 {
                let of = model.split("[[supply.location]]").find(|part| part.contains(&format!("name = \"{name}\"\n")));
                let share = of.and_then(|part| part.lines().find_map(|l| l.strip_prefix("share = ")));
                share.and_then(|s| s.parse().ok()).expect("every location has a share")
            };
            let own = if here == reserve {
                "0".to_owned()
            } else if here == heir {
                (all(&here) + all(&reserve)).to_string()
            } else {
                share.to_owned()
            };
            let _ = writeln!(text, "share = {own}");
            continue;
        }
        if line.starts_with("name = \"route ") {
            // In one case of four the second route is another way from a manufacturer.
            from = source.is_some() && (line.contains("route 0") || !lot.one_in(4));
        }
        if from && section.ends_with(".route]]") {
            let of_a_purchase =
                ["terms = ", "unit-cost-premium = ", "lot-curve = "].iter().any(|key| line.starts_with(key));
            if of_a_purchase {
                continue;
            }
            text.push_str(&line.replace("{ name = \"Production\",", "{ name = \"Production\", production = false,"));
        } else {
            text.push_str(&line.replace("pooled = true", "pooled = false"));
        }
        text.push('\n');
        if line.starts_with("name = \"route ") && from {
            let _ = writeln!(text, "from = \"{}\"", source.map_or("", String::as_str));
        }
        let is_source = section == "[[supply.location]]" && source_of.values().any(|s| *s == here);
        if place(line).is_some() && is_source && !several {
            text.push_str(lot.of(&["", "allocation = \"oldest\"\n", "allocation = \"proportional\"\n"]));
        }
    }
    text
}

/// A supply model with rules that it had not.
fn with_rules(lot: &mut Lot, model: &str) -> String {
    let first = model.split("[[supply.change").next().unwrap_or_default();
    let places = first.matches("[[supply.location]]\n").count() as u32;
    let changes = model.matches("[[supply.change]]\n").count();
    let (mut text, mut seen, mut is_place) = (String::new(), 0, false);
    for line in model.lines() {
        seen += usize::from(line == "[[supply.change]]");
        let place = line.strip_prefix("name = \"place ").and_then(|rest| rest.strip_suffix('"')?.parse::<u32>().ok());
        if let Some(place) = place.filter(|_| is_place && places > 1 && !lot.one_in(3)) {
            let other = (place + 1 + lot.below(places - 1)) % places;
            let days = lot.of(&["2", "6", "12.5", "30", "0"]);
            let _ = writeln!(text, "ship-from = {{ below-cover-days = {days}, instead = \"place {other}\" }}\n{line}");
        } else if line.starts_with("on = ") && seen > 0 && !lot.one_in(3) {
            let level = lot.of(&["2", "8", "14.5", "40"]);
            let days = lot.of(&["1", "7", "28"]);
            let when = match lot.below(3) {
                0 => "{ first-receipt = \"place 0\" }".to_owned(),
                _ => format!("{{ demand-reaches = {{ mean-per-day = {level}, over-days = {days} }} }}"),
            };
            let on = if seen == changes && lot.one_in(2) { "" } else { line };
            let _ = writeln!(text, "{on}\nwhen = {when}");
        } else if line.starts_with("policy = { dual-index") && !lot.one_in(3) {
            let (regular, expedite) = (lot.between(12, 60), lot.between(0, 12));
            let _ = writeln!(text, "{}", of_levels(lot, line, &format!("{regular}.5"), &expedite.to_string()));
        } else if line.starts_with("policy = { base-surge") && !lot.one_in(3) {
            let expedite = lot.between(0, 20).to_string();
            let line = of_levels(lot, line, "", &expedite);
            let share = lot.of(&["\"80%\"", "0.55", "1.1", "0"]);
            let _ = writeln!(text, "{}", replaced(&line, "quantity", "base-share", share));
        } else {
            text.push_str(line);
            text.push('\n');
        }
        is_place = if line.starts_with("[[") { line == "[[supply.location]]" } else { is_place };
    }
    text
}

/// A policy of two routes with levels in days of cover: both, or the expedite route's.
fn of_levels(lot: &mut Lot, line: &str, regular: &str, expedite: &str) -> String {
    let line = if regular.is_empty() || lot.one_in(4) {
        line.to_owned()
    } else {
        replaced(line, "regular", "regular-cover-days", regular)
    };
    replaced(&line, "expedite", "expedite-cover-days", expedite)
}

/// A line with another key and value in the place of a key and its value.
fn replaced(line: &str, key: &str, by: &str, value: &str) -> String {
    let Some((before, rest)) = line.split_once(&format!("{key} = ")) else { return line.to_owned() };
    let end = rest.find([',', ' ']).unwrap_or(rest.len());
    format!("{before}{by} = {value}{}", &rest[end..])
}

/// The same from today.
pub fn returning_from_today(n: u32) -> String {
    with_position(n, &returning(n))
}

/// Scenarios of all these kinds, in which large lots are made more cheaply and for longer, and orders are split.
pub fn in_lots(n: u32) -> String {
    let lot = &mut Lot::new(20, "random lots", n);
    let kinds: [fn(u32) -> String; 5] = [scenario, changing, sharing, returning, scenario];
    let (mut text, mut of_two) = (String::new(), false);
    for line in kinds[n as usize % 5](n).lines() {
        of_two = if line.starts_with("policy = ") {
            line.contains("dual-index") || line.contains("base-surge")
        } else {
            of_two
        };
        if line.starts_with("expedite = ") && !lot.one_in(3) {
            let share = lot.of(&["\"20%\"", "0.5", "1", "0", "0.07"]);
            let _ = writeln!(text, "expedite = {{ share-of-order = {share} }}");
            continue;
        }
        text.push_str(line);
        text.push('\n');
        if line == "name = \"route 0\"" && !of_two && !lot.one_in(4) {
            let steps = lot.of(&[
                "{ from = 40, production-time = 1.6, unit-cost-premium = \"-20%\" }",
                "{ from = 20, production-time = 1.3, unit-cost-premium = \"-8%\" }, { from = 90, production-time = 2, unit-cost-premium = \"-30%\" }",
                "{ from = 2, production-time = 0.5, unit-cost-premium = 0.4 }, { from = 60, production-time = 1, unit-cost-premium = 0 }",
            ]);
            let _ = writeln!(text, "lot-curve = [{steps}]");
        }
    }
    text
}

/// The same from today.
pub fn in_lots_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &in_lots(n)))
}

/// Nobody has paid more for an order than a large lot costs.
fn paid_no_more_than_it_costs(text: &str) -> String {
    let paid = |line: &&str| !line.starts_with("paid = ") || !text.contains("lot-curve");
    text.lines().filter(paid).flat_map(|line| [line, "\n"]).collect()
}

/// Scenarios of all these kinds, in which campaigns pause, and goods lose worth with their age; a second model may let them go on.
pub fn pausing(n: u32) -> String {
    let lot = &mut Lot::new(21, "random pauses", n);
    let kinds: [fn(u32) -> String; 5] = [scenario, changing, returning, in_lots, scenario];
    let mut text = String::new();
    for line in kinds[n as usize % 5](n).lines() {
        let cover = lot.of(&["4", "15", "40", "0"]);
        let (off, cost) = (lot.of(&["0", "0", "\"30%\"", "0.117", "1"]), lot.of(&["0", "0", "41.5"]));
        let gate = format!("pause-below-cover-days = {cover}, ");
        let gate = if lot.one_in(4) { "" } else { &gate };
        let pauses = format!(", {gate}discount = {off}, cost-per-day = {cost}, planned = ");
        text.push_str(&if line.starts_with("campaign = ") {
            line.replace(", planned = ", &pauses)
        } else {
            line.into()
        });
        text.push('\n');
        if line == "name = \"model 1\"" && lot.one_in(2) {
            text.push_str("pause-campaigns = false\n");
        }
        if line == "[finance]" && lot.one_in(2) {
            text.push_str("salvage-by-age = [{ from = 4, salvage = 0.61 }, { from = 30, salvage = \"35%\" }]\n");
        }
    }
    text
}

/// The same from today.
pub fn pausing_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &pausing(n)))
}

/// Scenarios of all these kinds, in which orders are of several units, and ship whole or in parts.
pub fn of_several(n: u32) -> String {
    let lot = &mut Lot::new(22, "random sizes", n);
    let kinds: [fn(u32) -> String; 6] = [scenario, changing, in_lots, pausing, sharing, pre_ordering];
    let mut text = String::new();
    for line in kinds[n as usize % 6](n).lines() {
        text.push_str(line);
        text.push('\n');
        match line {
            "[product.demand]" => {
                let size = lot.of(&[
                    "{ mixture = [{ weight = 0.6, of = 1 }, { weight = 0.3, of = 2 }, { weight = 0.1, of = 3 }] }",
                    "4",
                    "{ lognormal = { median = 2, p90 = 6 } }",
                    "{ uniform = [1, 12] }",
                    "{ empirical = [1, 1, 1, 24] }",
                ]);
                let _ = writeln!(text, "units-per-order = {size}");
            }
            "[customers]" | "[supply.customers]" => {
                let _ = writeln!(text, "split-shipments = {}", lot.one_in(2));
            }
            _ => {}
        }
    }
    text
}

/// The same from today.
pub fn of_several_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &of_several(n)))
}

/// Scenarios of all these kinds, in which some routes wait for containers that all products share.
pub fn in_containers(n: u32) -> String {
    let lot = &mut Lot::new(23, "random containers", n);
    let kinds: [fn(u32) -> String; 6] = [scenario, sharing, in_lots, changing, returning, of_several];
    let (mut text, mut waits) = (String::new(), None);
    for line in kinds[n as usize % 6](n).lines() {
        if line == "[finance]" {
            for number in 0..2 {
                let (m3, kg) = (lot.of(&["0.4", "2.5", "0.11"]), lot.of(&["60", "700"]));
                let (price, wait) = (lot.of(&["310", "95.5", "0"]), lot.of(&["0", "3", "9", "25"]));
                let _ = write!(
                    text,
                    "[[container]]\nname = \"box {number}\"\nprice = {price}\nm3 = {m3}\npayload-kg = {kg}\nwait-days = {wait}\n"
                );
            }
        }
        if line.ends_with(".route]]") || line.ends_with(".location]]") {
            waits = None;
        }
        if line.starts_with("name = \"route ") && !lot.one_in(3) {
            waits = Some(lot.one_in(2));
        }
        // What the container costs is known when it has left, and all that has left arrives.
        let Some(last) = waits else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        match line {
            "order-crossing = false" | "freight-at = \"Production\"" | "duty-at = \"Production\"" => {}
            "freight-at = \"Wait\"" if last => {}
            _ if line.starts_with("stage = ") => {
                let (before, transit) = line.rsplit_once("{ name = ").expect("a route has three stages");
                let (transit, _) = transit.split_once(", scrap").unwrap_or((transit, ""));
                let end = if transit.ends_with("}]") { "" } else { " }]" };
                let _ = writeln!(text, "{before}{{ name = {transit}{end}");
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
        if line.starts_with("name = \"route ") {
            let after = if last { "Wait" } else { "Production" };
            let _ = writeln!(text, "container = \"box {}\"\nloaded-after = \"{after}\"", lot.below(2));
        }
    }
    text
}

/// The same from today.
pub fn in_containers_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &in_containers(n)))
}

/// Scenarios of all these kinds, in which one to three things go wrong: at random, by daily chances or on a date, and one sets off another.
pub fn disrupted(n: u32) -> String {
    let lot = &mut Lot::new(31, "random disruptions", n);
    let kinds: [fn(u32) -> String; 9] =
        [scenario, changing, sharing, in_lots, returning, of_several, in_containers, following, pre_ordering];
    let (mut text, mut named) = (String::new(), false);
    let whole = kinds[n as usize % 9](n);
    for line in whole.lines() {
        if line == "[finance]" {
            disruptions(lot, &mut text, &whole);
        }
        text.push_str(line);
        text.push('\n');
        if line.starts_with("name = \"route ") && (!named || lot.one_in(2)) {
            text.push_str("supplier = \"maker\"\n");
            named = true;
        }
        if line.starts_with("name = \"route ") && lot.one_in(3) {
            let (share, terms) = (lot.of(&["\"10%\"", "0.4", "1"]), terms_of_loss(lot));
            let _ = writeln!(text, "lost = {{ share = {share}, {} }}", terms.trim_end().replace('\n', ", "));
        }
        if line.starts_with("delivery = {") && lot.one_in(3) {
            let (share, remedy) = (lot.of(&["\"2%\"", "0.3", "1"]), lot.of(&["reship", "refund"]));
            let lost = format!(
                ", lost = {{ share = {share}, remedy = \"{remedy}\", after-days = {} }} }}\n",
                lot.of(&["1", "14"])
            );
            text.truncate(text.trim_end().len() - 1);
            text.truncate(text.trim_end().len());
            text.push_str(&lost);
        }
    }
    text
}

/// The same from today.
pub fn disrupted_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &disrupted(n)))
}

/// Who bears what is lost, and when it is known.
fn terms_of_loss(lot: &mut Lot) -> String {
    let borne = lot.of(&["borne-by = \"supplier\"\n", "insured = \"80%\"\n", "insured = 0\n"]);
    format!("{borne}learned-after-days = {}\n", lot.of(&["0", "2", "9", "40"]))
}

fn destroys(lot: &mut Lot) -> String {
    if lot.one_in(2) {
        return String::new();
    }
    let share = lot.of(&["\"15%\"", "0.5", "1"]);
    format!("destroys = {share}\n{}", terms_of_loss(lot))
}

fn disruptions(lot: &mut Lot, text: &mut String, whole: &str) {
    let mut nodes = vec!["{ stage = \"Production\" }", "{ stage = \"Wait\" }", "{ stage = \"Transit 0\" }"];
    nodes.extend(["{ route = \"route 0\" }", "{ supplier = \"maker\" }"]);
    if whole.contains("[[factory]]") {
        nodes.extend(["{ factory = \"works\" }"; 3]);
    }
    if whole.contains("container = \"box 0\"") {
        nodes.extend(["{ stage = \"box 0\" }"; 2]);
    }
    nodes.extend(["{ location = \"place 0\" }"; 2]);
    let start = whole.lines().find_map(|l| l.strip_prefix("start = ")).and_then(|d| d.parse().ok());
    let start: Day = start.map_or(Day(0), Day::from_date);
    let number = lot.between(1, 3);
    for k in 0..number {
        let on = lot.of(&nodes);
        let from = start.plus(lot.below(90) as i32 - 30);
        let days = lot.of(&["1", "6", "{ triangular = [2, 5, 14] }", "{ exponential = { mean = 12 } }", "30"]);
        let when = match lot.below(4) {
            0 => format!("per-year = {}\ndays = {days}", lot.of(&["0.8", "5", "12"])),
            1 => {
                let (fails, recovers) = (lot.of(&["\"2%\"", "0.1", "0"]), lot.of(&["0.1", "\"35%\"", "1"]));
                format!("fails-daily = {fails}\nrecovers-daily = {recovers}")
            }
            2 => format!("from = {from}\ndays = {days}"),
            _ => format!("from = {from}\nuntil = {}", from.plus(lot.below(40) as i32)),
        };
        let (ramp, slows) = (lot.of(&["0", "0", "4", "15"]), lot.of(&["", "", "slows = 1.7\n", "slows = 4\n"]));
        let refused = lot.of(&["", "", "while-down = \"refused\"\n"]);
        let at_location = on.contains("location");
        let (ramp, slows, refused) = if at_location { ("0", "", "") } else { (ramp, slows, refused) };
        let lost = destroys(lot);
        // Those that come later, and say how long they last, may be set off.
        let _ = write!(
            text,
            "[[disruption]]\nname = \"trouble {k}\"\non = {on}\n{when}\nramp-days = {ramp}\n{slows}{refused}{lost}"
        );
        if k == 0 {
            text.push_str("sets-off = [{ disruption = \"aftermath\", probability = 0.6, after-days = 3 }");
            for later in 1..number {
                let _ = write!(text, ", {{ disruption = \"later {later}\", probability = 0.5 }}");
            }
            text.push_str("]\n");
        }
        if k > 0 {
            let (on, days) = (lot.of(&nodes), lot.of(&["3", "{ uniform = [1, 20] }"]));
            let lost = destroys(lot);
            let _ = write!(text, "[[disruption]]\nname = \"later {k}\"\non = {on}\ndays = {days}\n{lost}");
        }
    }
    let (on, slows) = (lot.of(&nodes), lot.of(&["", "slows = 2.5\n"]));
    let slows = if on.contains("location") { "" } else { slows };
    let _ = write!(text, "[[disruption]]\nname = \"aftermath\"\non = {on}\ndays = {{ uniform = [1, 9] }}\n{slows}");
}

/// One window or two, of which the last may ship after the run.
/// Scenarios of all these kinds, sold to one to four markets whose duties have all shapes, and whose shares step on a date or two.
pub fn in_markets(n: u32) -> String {
    let lot = &mut Lot::new(28, "random markets", n);
    let kinds: [fn(u32) -> String; 12] = [
        scenario,
        changing,
        sharing,
        of_several,
        pausing,
        pre_ordering,
        returning,
        in_lots,
        in_containers,
        following,
        disrupted,
        supplied,
    ];
    let mut text = kinds[n as usize % kinds.len()](n);
    // What an event brings has no date, so shares stay as they are there.
    let events = text.contains("first-receipt") || text.contains("demand-reaches");
    let start = text.lines().find_map(|l| l.strip_prefix("start = ")).and_then(|d| d.parse().ok()).map(Day::from_date);
    let start = start.unwrap_or(Day(0));
    let mut places: Vec<String> = Vec::new();
    for name in text.lines().filter_map(|l| l.strip_prefix("name = ")) {
        if (name.starts_with("\"place ") || name.starts_with("\"new ")) && !places.iter().any(|known| known == name) {
            places.push(name.to_owned());
        }
    }
    let several = text.matches("[[product]]").count() > 1;
    let promises = !text.contains("promise = \"none\"");
    let patient = if promises {
        "patience = { promise-relative = { daily-within = 0.01, at-notice = 0.2, daily-after-miss = 0.05 } }, "
    } else {
        "patience = { time = { uniform = [3, 30] } }, "
    };
    let classes = lot.one_in(2);
    let markets = lot.between(1, 4);
    let steps = if events { 1 } else { lot.between(1, 3) };
    let dates: Vec<Day> = (1..steps).map(|_| start.plus(lot.between(0, 60) as i32 - 20)).collect();
    let mut weights: Vec<Vec<u32>> = Vec::new();
    for _ in 0..steps {
        weights.push((0..markets).map(|_| lot.between(0, 4)).collect());
        let last = weights.last_mut().expect("pushed just now");
        last[0] += 1;
    }
    let share =
        |step: usize, market: usize| f64::from(weights[step][market]) / f64::from(weights[step].iter().sum::<u32>());
    for market in 0..markets as usize {
        let mut from = String::from("{ from = 2020-01-01, share = ");
        let _ = write!(from, "{} }}", share(0, market));
        let mut days: Vec<Day> = Vec::new();
        for (k, date) in dates.iter().enumerate().filter(|(k, date)| !dates[..*k].contains(date)) {
            let _ = write!(from, ", {{ from = {date}, share = {} }}", share(k + 1, market));
            days.push(*date);
        }
        let shares = if days.is_empty() { share(0, market).to_string() } else { format!("[{from}]") };
        let money = lot.of(&["", "currency = \"EUR\"\nrate = 0.89\n"]);
        let price = if several { lot.of(&["", "price-factor = 1.13\n"]) } else { lot.of(&["", "price = 31.9\n"]) };
        let on_top = lot.one_in(3);
        let vat = if on_top {
            "vat = \"12%\"\nvat-in-price = false\n".to_owned()
        } else {
            format!(
                "vat = {}\n",
                lot.of(&["0", "0.2", "[{ from = 2020-01-01, rate = 0.08 }, { from = 2026-03-22, rate = 0.1 }]"])
            )
        };
        let customers = lot.of(&[
            "",
            "delivery-sensitivity = { per-day = 0.02 }\n",
            "delivery-sensitivity = { per-day = 0.05 }\nreference-delivery-days = 6\n",
        ]);
        let terms = |lot: &mut Lot| {
            let mut terms = lot
                .of(&["", "days = 9\n", "days = { triangular = [2, 4, 9] }\nper-order = 5.25\n", "per-kg = 3.1\n"])
                .to_owned();
            match lot.below(7) {
                0 => terms += "duty = { base = \"cost\", rate = 0.365 }\n",
                1 => terms += "duty = { base = \"price\", rate = 0.12, threshold = 28, at-or-below = \"exempt\" }\n",
                2 => {
                    terms += concat!(
                        "duty = [{ from = 2020-01-01, base = \"price\", rate = 0.12, threshold = 150, at-or-below = \"exempt\" }, ",
                        "{ from = 2026-03-15, base = \"price\", rate = 0.12, threshold = 150, at-or-below = { flat = 3 } }]\n"
                    );
                }
                3 => {
                    terms += "duty = { base = \"cost\", rate = 0.45, threshold = 7.113, at-or-below = { rate = 0.2 }, value-share = 1 }\n";
                }
                4 => terms += "duty = { base = \"price\", rate = 0.1, value-share = 0.6 }\n",
                _ => {}
            }
            terms
                + lot.of(&[
                    "",
                    "fixed-per-parcel = 1.45\n",
                    "fixed-per-parcel = [{ from = 2020-01-01, amount = 0.5 }, { from = 2026-04-01, amount = 2.21 }]\n",
                ])
        };
        let mut usual = terms(lot);
        // Half of the scenarios have customers of several classes.
        if classes {
            usual += lot.of(&["", "priority = 2\n", "priority = 1\n", "priority = 7\n"]);
            let accept =
                lot.of(&["", "accept = { share = 0.6 }, ", "accept = \"never\", ", "accept = { within-days = 20 }, "]);
            let patience = lot.of(&["", "patience = { daily-hazard = 0.03 }, ", "patience = \"endless\", ", patient]);
            let rule = if promises { lot.of(&["", "thirty-day-rule = true, express-consent = 0.4, "]) } else { "" };
            let own = format!("{accept}{patience}{rule}");
            let _ = writeln!(usual, "customers = {{ {} }}", own.trim_end_matches(", "));
        }
        if lot.one_in(3) {
            let names: Vec<&str> = places.iter().map(String::as_str).filter(|_| lot.one_in(2)).collect();
            let _ = writeln!(usual, "served-from = [{}]", names.join(", "));
        }
        let _ = write!(
            text,
            "[[market]]\nname = \"market {market}\"\nshare = {shares}\n{money}{price}{vat}{customers}{usual}"
        );
        for place in places.iter().filter(|_| lot.one_in(2)).collect::<Vec<_>>() {
            let own = terms(lot);
            let vat = if on_top { "" } else { lot.of(&["", "vat = 0.05\n"]) };
            let _ = write!(text, "[[market.from]]\nname = {place}\n{own}{vat}");
        }
    }
    text
}

/// The same from today.
pub fn in_markets_from_today(n: u32) -> String {
    paid_no_more_than_it_costs(&with_position(n, &in_markets(n)))
}

fn windows(lot: &mut Lot, text: &mut String, (start, days): (Day, u32)) {
    let mut from = 0;
    for number in 0..lot.between(1, 2) {
        if from >= days {
            break;
        }
        let opens = from + lot.below((days - from).min(30));
        let closes = opens + lot.below(25);
        let ships = closes + 1 + lot.below(20);
        from = closes + 1;
        let [opens, closes, ships] = [opens, closes, ships].map(|day| start.plus(day as i32));
        let (take_up, discount) = (lot.of(&["\"45%\"", "1", "0.07", "0"]), lot.of(&["0", "\"10%\"", "0.333"]));
        let (deposit, cancel) = (lot.of(&["1", "0", "\"20%\""]), lot.of(&["0", "\"6%\"", "0.5"]));
        let (sizes, keeps) = (!lot.one_in(3), lot.one_in(2));
        let _ = write!(
            text,
            "\
                 [[product.demand.pre-order]]\n\
                 name = \"window {number}\"\n\
                 opens = {opens}\n\
                 closes = {closes}\n\
                 ships = {ships}\n\
                 take-up = {take_up}\n\
                 discount = {discount}\n\
                 deposit = {deposit}\n\
                 cancel = {cancel}\n\
                 sizes-order = {sizes}\n\
                 keeps-forecast = {keeps}\n"
        );
    }
}

fn random(n: u32, lot: &mut Lot) -> String {
    let mut text = String::new();
    let (warmup, days) = (lot.of(&["0", "20", "45", "70"]), lot.between(40, 110));
    let start = lot.of(&["2026-01-15", "2026-03-01", "2026-09-20", "2027-01-25"]);
    let _ = write!(
        text,
        "\
             name = \"random\"\n\
             [horizon]\n\
             start = {start}\n\
             days = {days}\n\
             warmup-days = {warmup}\n\
             [monte-carlo]\n\
             replications = 3\n\
             seed = {n}\n\
             stratified = {}\n",
        !n.is_multiple_of(4)
    );
    regime(lot, &mut text);
    text.push_str(concat!(
        "[[calendar]]\nname = \"works\"\nbased-on = \"cn-factory\"\nweekends-closed = true\n",
        "closed = [{ from = 2026-03-10, to = 2026-03-19 }, { from = 2026-10-10, to = 2026-10-20, pace = 0.4 }]\n",
    ));
    customers(lot, &mut text, "[customers]");
    planner(lot, &mut text, "[planner]");
    finance(lot, &mut text);
    if lot.shares {
        let _ = writeln!(text, "[[factory]]\nname = \"works\"\ncapacity-per-day = {}", lot.of(&["14.5", "40", "90"]));
    }
    let products = if lot.shares { lot.between(2, 3) } else { 1 + u32::from(lot.one_in(8)) };
    for sku in 0..products {
        product(lot, &mut text, sku, start);
    }
    for model in 0..if lot.one_in(3) { 2 } else { 1 } {
        supply(lot, &mut text, model, (start, days));
    }
    text
}

fn regime(lot: &mut Lot, text: &mut String) {
    let last = lot.of(&["mean-days = 12, ", "mean-days = 12, ", ""]);
    let _ = write!(
        text,
        "\
             [[regime]]\n\
             name = \"sea\"\n\
             state = [{{ name = \"calm\", mean-days = 30 }}, {{ name = \"rough\", mean-days = 9, duration-factor = 1.4, late-factor = 2, freight-factor = 1.7 }}, {{ name = \"shut\", {last}duration-factor = 2.1, freight-factor = 2.9 }}]\n\
             spell = [{{ state = \"shut\", from = 2026-02-20, to = 2026-03-03 }}]\n"
    );
}

fn product(lot: &mut Lot, text: &mut String, sku: u32, start: &str) {
    let price = lot.of(&["30.37", "199.99", "9.5"]);
    let mut capacity = lot.of(&["", "factory-capacity-per-day = 12.5\n", "factory-capacity-per-day = 45\n"]);
    if lot.shares && !lot.one_in(5) {
        capacity = "factory = \"works\"\n";
    }
    lot.throttled |= !capacity.is_empty();
    let own = lot.of(&[
        "",
        "",
        "duty = 0.31\n",
        "lead-time-factor = 1.6\n",
        "minimum-order = 20\nduty = [{ from = 2020-01-01, rate = 0.07 }, { from = 2026-03-20, rate = 0.02 }]\nlead-time-factor = 0.5\n",
    ]);
    let _ = write!(
        text,
        "\
             [[product]]\n\
             sku = \"x{sku}\"\n\
             price = {price}\n\
             unit-cost = 7.113\n\
             weight-kg = 0.83\n\
             volume-litres = 4.7\n\
             {capacity}{own}[product.demand]\n"
    );
    text.push_str(lot.of(&[
        "mean-per-day = 8\ndispersion = 2\n",
        "mean-per-day = 0.4\n",
        "mean-per-day = 31.7\ndispersion = 0.8\n",
        "mean-per-day = 9\n",
        "units-per-day = { poisson = { mean = 6 } }\n",
        "units-per-day = { mixture = [{ weight = 0.8, of = { gamma = { mean = 7, sd = 4 } } }, { weight = 0.2, of = 0 }] }\n",
        "units-per-day = 11\n",
    ]));
    text.push_str(lot.of(&[
        "",
        "",
        "weekday = [2, 1, 1, 1, 1, 0.5, 0]\n",
        "weekday = [0.9, 1, 1.1, 1, 1.3, 0.8, 0.9]\n",
    ]));
    text.push_str(lot.of(&["", "", "season = [0.5, 0.7, 1, 1, 1, 1.4, 1, 1, 1, 1.2, 1.5, 2]\n"]));
    text.push_str(lot.of(&["", "", "trend-per-year = \"40%\"\n", "trend-per-year = \"-30%\"\n"]));
    let day = lot.between(26, 28);
    let (year, month) = (&start[..4], &start[5..7]);
    if lot.one_in(2) {
        let uplift = lot.of(&["3", "{ triangular = [1, 2, 6] }", "{ lognormal = { median = 3, p90 = 5 } }"]);
        let shape = lot.of(&["\"flat\"", "{ trapezoid = { ramp-days = 3, fall-days = 5 } }"]);
        let planned = lot.one_in(2);
        let _ = writeln!(
            text,
            "campaign = [{{ name = \"sale\", start = {year}-{month}-{day}, days = 12, uplift = {uplift}, shape = {shape}, planned = {planned} }}, {{ name = \"tail\", start = {year}-{month}-{day}, days = 40, uplift = {{ uniform = [0.5, 1.6] }}, planned = false }}]"
        );
    }
    if lot.one_in(2) {
        let on = format!("on = [{year}-{month}-{day}]\n");
        let per_year = lot.of(&["", "per-year = 9\n", "per-year = 3\n"]);
        let decay = lot.of(&[
            "",
            "decay = { exponential = { tau-days = 5 } }\n",
            "decay = { power-law = { exponent = 0.7, scale-days = 2 } }\n",
        ]);
        let more = lot.of(&["", "lasting-lift = \"6%\"\n", "pull-forward = { share = 0.3, days = 20 }\n"]);
        let _ =
            write!(text, "[product.demand.surge]\n{on}{per_year}peak-uplift = {{ uniform = [2, 8] }}\n{decay}{more}");
    }
}

fn customers(lot: &mut Lot, text: &mut String, heading: &str) {
    let promise = lot.of(&[
        "\"expected-arrival\"",
        "{ expected-arrival = { buffer = { quantile = 0.8 } } }",
        "{ expected-arrival = { buffer = { quantile = 0.6 } } }",
        "{ fixed-days = 9 }",
        "\"none\"",
    ]);
    let accept = lot.of(&[
        "\"always\"",
        "\"always\"",
        "{ share = 0.4 }",
        "{ falls-with-quoted-delay = { per-day = 0.03 } }",
        "{ falls-with-quoted-delay = { per-day = 0.01 } }",
        "{ within-days = 21 }",
        "\"never\"",
    ]);
    // Hazards after a notice have their place where notices are sent, those after a miss where none are.
    let silent = heading == "[customers]" && lot.one_in(3);
    let patience = if silent {
        lot.of(&[
            "{ promise-relative = { daily-within = \"1%\", daily-after-miss = \"20%\" } }",
            "{ time = { weibull = { shape = 1.5, scale = 12 } } }",
            "{ daily-hazard = \"4%\" }",
            "\"endless\"",
        ])
    } else {
        lot.of(&[
            "{ promise-relative = { daily-within = \"0.5%\", at-notice = \"20%\" } }",
            "{ promise-relative = { at-notice = \"35%\" } }",
            "{ daily-hazard = \"4%\" }",
            "{ time = { lognormal = { median = 15, p90 = 40 } } }",
            "\"endless\"",
        ])
    };
    let communication = if silent { "\"silent\"" } else { "\"clear\"" };
    // Notices and hazards relative to a promise ask for one.
    let promise = if patience.contains("promise") && promise == "\"none\"" { "{ fixed-days = 4 }" } else { promise };
    let rule = lot.one_in(2) && promise != "\"none\"";
    let (tolerance, consent) = (lot.below(4), lot.of(&["0.3", "0.75"]));
    let on_cancel = lot.of(&["keep-order", "cancel-order"]);
    let sells = lot.of(&["0", "\"2%\"", "\"7%\""]);
    let reference = lot.of(&["", "", "reference-delivery-days = 5\n"]);
    let _ = write!(
        text,
        "\
             {heading}\n\
             promise = {promise}\n\
             accept = {accept}\n\
             patience = {patience}\n\
             communication = {communication}\n\
             notice-tolerance = {tolerance}\n\
             thirty-day-rule = {rule}\n\
             express-consent = {consent}\n\
             on-cancel = \"{on_cancel}\"\n\
             delivery-sensitivity = {{ per-day = {sells} }}\n\
             {reference}"
    );
}

fn planner(lot: &mut Lot, text: &mut String, heading: &str) {
    let forecast = lot.of(&[
        "\"truth\"",
        "\"truth-without-surges\"",
        "{ exponential-smoothing = { alpha = 0.2 } }",
        "{ exponential-smoothing = { alpha = 0.05 } }",
        "{ exponential-smoothing = { alpha = 0.1, robust = false } }",
        "{ moving-average = { days = 14 } }",
    ]);
    let bias = lot.of(&["0", "0", "0.4", "-0.9"]);
    let first = lot.of(&["", "", "first-review = 2026-01-20\n"]);
    let _ = write!(text, "{heading}\nforecast = {forecast}\nbias = {bias}\n{first}");
}

fn finance(lot: &mut Lot, text: &mut String) {
    text.push_str("[finance]\n");
    text.push_str(lot.of(&["", "customer-pays = \"at-shipping\"\n", "customer-pays = \"at-order\"\n"]));
    let (lag, shrink) = (lot.of(&["0", "1", "2", "9", "30"]), lot.of(&["0", "\"30%\"", "\"200%\"", "\"700%\""]));
    let _ = writeln!(text, "settlement-days = {lag}\nshrink = {shrink}");
    text.push_str(lot.of(&["", "chargeback = { share = 0.3, share-after-miss = 0.8, fee = 17 }\n"]));
    text.push_str(lot.of(&["", "advertising-per-order = 3.33\ninsurance = \"7%\"\nobsolescence = \"60%\"\n"]));
    text.push_str(lot.of(&[
        "",
        "opening-cash = 500\nfixed-per-month = 400\ncredit-line = { limit = 2_000, rate = \"12%\" }\n",
        "opening-cash = 20_000\nsalvage = \"35%\"\ncost-of-capital = \"22%\"\n",
    ]));
}

fn policy(lot: &mut Lot, routes: u32, start: &str) -> String {
    let (r, level, more) = (lot.between(1, 24), lot.below(600), lot.between(1, 200));
    let react = lot.of(&[
        "",
        ", react = { cover-below = \"lead-time\", latency = { triangular = [0, 2, 9] } }",
        ", react = { cover-below = 8, latency = 0 }",
        ", react = { cover-below = 15, latency = { uniform = [0, 5] } }",
    ]);
    let pooled = lot.one_in(2);
    let two = format!("dual-index = {{ regular = {}, expedite = {level}, review-days = {r} }}", level + more);
    let surge = format!("base-surge = {{ quantity = {}, expedite = {level}, review-days = {r} }}", 1 + more / 3);
    match lot.below(if routes > 1 { 11 } else { 9 }) {
        0 => format!("base-stock = {{ level = {level} }}"),
        1 => {
            format!("min-max = {{ reorder-point = {level}, order-up-to = {}, review-days = {r}{react} }}", level + more)
        }
        2 => format!("reorder-quantity = {{ reorder-point = {level}, quantity = {more}, review-days = {r}{react} }}"),
        3 => format!("order-up-to = {{ review-days = {r}, level = {level}{react} }}"),
        4 => format!(
            "order-up-to = {{ review-days = {r}, safety-stock = {{ service-level = \"90%\" }}, pooled = {pooled}{react} }}"
        ),
        5 => format!("order-up-to = {{ review-days = {r}, safety-stock = {{ days = {} }}{react} }}", level / 40),
        6 => format!("order-up-to = {{ review-days = {r}, safety-stock = {{ units = {} }}{react} }}", level / 6),
        7 => format!("days-of-cover = {{ review-days = {r}, days = {}{react} }}", 5 + level / 12),
        8 => format!("one-time = {{ quantity = {}, date = {start} }}", level * 3),
        9 => two,
        _ => surge,
    }
}

fn supply(lot: &mut Lot, text: &mut String, number: u32, (start, days): (&str, u32)) {
    let places = [1, 1, 2, 2, 3][lot.below(5) as usize];
    let overflow = lot.one_in(3);
    let _ = writeln!(text, "[[supply]]\nname = \"model {number}\"\noverflow = {}", !overflow);
    if number > 0 {
        customers(lot, text, "[supply.customers]");
        planner(lot, text, "[supply.planner]");
    }
    let mut known = Vec::new();
    for place in 0..places {
        known.push(location(lot, text, ("supply.location", &format!("place {place}")), share(places, place), start));
    }
    if lot.changes {
        changes(lot, text, known, (start, days));
    }
}

/// Share of one of so many locations that are open.
fn share(places: u32, place: u32) -> &'static str {
    match (places, place) {
        (1, _) => "1",
        (2, 0) => "0.7",
        (2, _) => "0.3",
        (3, 0) => "0.5",
        (3, 1) => "0.2",
        (3, _) => "0.3",
        (4, 0) => "0.4",
        (_, _) => "0.2",
    }
}

/// A location that a change may find.
struct Known {
    name: String,
    /// Two routes, of which a policy orders on both.
    own: bool,
    routes: u32,
}

fn location(lot: &mut Lot, text: &mut String, (key, name): (&str, &str), share: &str, start: &str) -> Known {
    // A second route is the policy's own, or one with a trigger.
    let routes = lot.between(1, 2);
    let policy = policy(lot, routes, start);
    let own = policy.starts_with("dual-index") || policy.starts_with("base-surge");
    let (minimum, multiple) = (lot.of(&["0", "0", "30", "75"]), lot.of(&["1", "1", "8", "13"]));
    let mut opening = lot.of(&["", "", "initial-on-hand = 60\n", "initial-on-hand = 0\n"]);
    let delivery = lot.of(&[
        "days = 3, per-order = 4, per-kg = 1.1, dimensional-divisor = 5_000",
        "days = { triangular = [5, 8, 14] }, per-order = 7, pick-and-pack = 1.37, clearance-per-order = 0.9, duty-per-order = true",
        "days = 1, per-order = 2.5, pick-and-pack = 0.6",
        "days = 12, per-order = 6, clearance-per-order = 0.3",
    ]);
    if key != "supply.location" {
        opening = "";
    }
    let _ = write!(
        text,
        "\
             [[{key}]]\n\
             name = \"{name}\"\n\
             share = {share}\n\
             policy = {{ {policy} }}\n\
             minimum-order = {minimum}\n\
             order-multiple = {multiple}\n\
             {opening}storage-per-m3-month = 31\n\
             storage-month-factors = [1, 1, 1, 1, 1, 1, 1, 1, 1, 2.5, 2.5, 2.5]\n\
             delivery = {{ {delivery} }}\n"
    );
    for r in 0..routes {
        route(lot, text, (key, r), own);
    }
    Known { name: name.to_owned(), own, routes }
}

/// One change or two, in each of which every location is open or closed by lot, and a new one may open.
fn changes(lot: &mut Lot, text: &mut String, mut known: Vec<Known>, (start, days): (&str, u32)) {
    let first = Day::from_date(start.parse().expect("a date"));
    let mut from = 0;
    for number in 0..lot.between(1, 2) {
        if from >= days {
            break;
        }
        let on = from + lot.below((days - from).min(40));
        from = on + 1;
        let stays: Vec<bool> = known.iter().map(|_| !lot.one_in(2)).collect();
        let opens = lot.one_in(2) || !stays.contains(&true);
        let places = stays.iter().filter(|s| **s).count() as u32 + u32::from(opens);
        let closed: Vec<String> =
            known.iter().zip(&stays).filter(|(_, s)| !**s).map(|(k, _)| format!("\"{}\"", k.name)).collect();
        let (on, moves) = (first.plus(on as i32), lot.one_in(3));
        let _ = write!(
            text,
            "\
                 [[supply.change]]\n\
                 on = {on}\n\
                 close = [{}]\n\
                 move-waiting = {moves}\n\
                 {}",
            closed.join(", "),
            lot.of(&["", "", "overflow = true\n", "overflow = false\n"])
        );
        let mut place = 0;
        for (k, _) in known.iter_mut().zip(&stays).filter(|(_, s)| **s) {
            let (name, share) = (&k.name, share(places, place));
            place += 1;
            let _ = write!(text, "[[supply.change.location]]\nname = \"{name}\"\nshare = {share}\n");
            if lot.one_in(2) {
                // Of two routes one is stopped, which also ends a policy that orders on both.
                let policy = policy(lot, 1, &on.to_string());
                let stop = if k.routes > 1 && (k.own || lot.one_in(2)) {
                    (k.routes, k.own) = (1, false);
                    lot.of(&["stop = [\"route 0\"]\n", "stop = [\"route 1\"]\n"])
                } else {
                    ""
                };
                let _ = write!(text, "policy = {{ {policy} }}\n{stop}minimum-order = {}\n", lot.of(&["0", "25"]));
            }
        }
        if opens {
            let header = ("supply.change.location", format!("new {number}"));
            let share = share(places, place);
            known.push(location(lot, text, (header.0, &header.1), share, &on.to_string()));
        }
    }
}

fn route(lot: &mut Lot, text: &mut String, (key, r): (&str, u32), own: bool) {
    let crossing = lot.one_in(2);
    let terms = lot.of(&[
        "[{ share = 1, at = \"order\" }]",
        "[{ share = 0.3, at = \"order\" }, { share = 0.7, at = \"Production\" }]",
        "[{ share = 0.2, at = \"order\" }, { share = 0.8, at = \"receipt\", days-later = 30 }]",
        "[{ share = 0.35, at = \"order\", days-later = 3 }, { share = 0.35, at = \"Wait\" }, { share = 0.3, at = \"Wait\" }]",
    ]);
    let inbound = lot.of(&[
        "freight = { per-unit = 0.7, per-kg = 1.1 }",
        "\
             freight = { per-container = 310.07, container-m3 = 0.3, fill = \"90%\" }\n\
             freight-at = \"Production\"\n\
             handling = { per-container = 33, per-unit = 0.07 }\n\
             duty-days-later = 14\n\
             entry-fees = { processing = { share = \"0.3464%\", least = 32.71, most = 634.62 }, harbor = \"0.125%\", broker = 150 }",
        "\
             freight = { per-container = 200, container-m3 = 0.2, payload-kg = 40, partial-container = \"whole\" }\n\
             duty-at = \"Production\"\n\
             dutiable-share = \"83%\"\n\
             handling = { per-purchase-order = 12, per-m3 = 4 }",
        "\
             freight = { per-container = 240, container-m3 = 0.4, partial-container = { per-m3 = 700 } }\n\
             freight-at = \"Wait\"\n\
             duty-days-later = 3\n\
             unit-cost-premium = \"5%\"",
    ]);
    // By cover or by money, on reviews or between them. By money and with a queue at the factory orders run away: a corner of its own.
    let triggers = [
        "below-days-of-cover = 3, up-to-days = 9",
        "below-days-of-cover = 6, up-to-days = 15, latency = { uniform = [0, 3] }",
        "when = \"margin-saved-exceeds-cost\"",
        "when = \"margin-saved-exceeds-cost\", latency = 1",
    ];
    let trigger = lot.of(if lot.throttled { &triggers[..2] } else { &triggers });
    let expedite = if r > 0 && !own { format!("expedite = {{ {trigger} }}\n") } else { String::new() };
    let mut days = || {
        lot.of(&[
            "7",
            "{ triangular = [1, 5, 20] }",
            "{ gamma = { mean = 9, sd = 6 } }",
            "{ lognormal = { median = 8, p90 = 21 } }",
            "{ uniform = [0, 3] }",
            "{ exponential = { mean = 4 } }",
            "0",
        ])
    };
    let (made, shipped) = (days(), days());
    let calendar = lot.of(&["", ", calendar = \"cn-factory\"", ", calendar = \"works\""]);
    let scrap = lot.of(&["", "", ", scrap = { uniform = [0, 0.3] }", ", scrap = 0.08"]);
    let sea = lot.of(&["", ", regime = \"sea\""]);
    let late = lot.of(&[
        "",
        ", late = { probability = 0.2, days = 5 }",
        ", late = { probability = 0.3, days = { uniform = [2, 9] } }",
    ]);
    let lost = lot.of(&["", "", ", scrap = { triangular = [0, 0.02, 0.1] }"]);
    let _ = write!(
        text,
        "\
             [[{key}.route]]\n\
             name = \"route {r}\"\n\
             order-crossing = {crossing}\n\
             terms = {terms}\n\
             {inbound}\n\
             duty = [{{ from = 2020-01-01, rate = 0.1 }}, {{ from = 2026-03-20, rate = 0.25 }}, {{ from = 2026-11-01, rate = 0.04 }}]\n\
             {expedite}stage = [{{ name = \"Production\", days = {made}{calendar}{scrap} }}, {{ name = \"Wait\", days = 3, goods-are = \"at-factory\" }}, {{ name = \"Transit {r}\", days = {shipped}{late}{sea}{lost} }}]\n"
    );
}
