//! A scenario with one thing changed; keys with names; a scenario that is written and read again.

use crate::cli::{restock_in, scratch};
use crate::generated::scenario;
use proptest::prelude::*;
use restock::diag::Diagnostics;
use restock::scenario::raw::{
    self, Distribution, Empirical, Family, Lognormal, Mean, MeanSd, Part as Weighted, Share, Weibull,
};
use restock::scenario::{Document, Key, Loader, Notes, Runnable, Setting, Sort, Variant, Work, write, write_with};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Two supply models, each with a location of the same name; names with blanks, dots and letters of other tongues.
const SHOP: &str = r#"
name = "shop"
[horizon]
start = 2026-01-01
days = 60
[monte-carlo]
replications = 5
[[product]]
sku = "tee"
price = 30
unit-cost = 7
[[product]]
sku = "Mütze 7.5"
price = 20
unit-cost = 5
[product.demand]
mean-per-day = 4
units-per-order = { lognormal = { mean = 2, cv = 0.5 } }
[demand]
mean-per-day = 10
[[demand.campaign]]
name = "Black Friday"
start = 2026-02-01
days = 4
uplift = 3
[[supply]]
name = "ocean"
preset = "ocean-3pl"
[[supply.location]]
name = "US 3PL"
minimum-order = 600
[[supply]]
name = "Acme.Inc"
preset = "direct"
"#;

fn document(text: &str) -> Document {
    Document::from_text("shop.toml", text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false)))
}

fn set(document: &Document, text: &str) -> Variant {
    document.unchanged().set(text).unwrap_or_else(|d| panic!("{}", d.render(false)))
}

fn refused(text: &str, change: &str) -> String {
    match document(text).unchanged().set(change) {
        Err(problems) => problems.render(false),
        Ok(_) => panic!("`{change}` was taken"),
    }
}

/// A scenario and its experiment, as text that tells every bit; what made it is left out.
fn told(r: &Runnable) -> String {
    let mut scenario = r.scenario.clone();
    scenario.origin = Default::default();
    format!("{scenario:?} {:?}", r.experiment)
}

fn loaded(problems: Result<Runnable, Diagnostics>) -> Runnable {
    problems.unwrap_or_else(|d| panic!("{}", d.render(false)))
}

fn shipped() -> Vec<PathBuf> {
    let in_folder = |folder: &str| {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().flatten().map(|e| e.path());
        entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect::<Vec<_>>()
    };
    let mut all = [in_folder("scenarios"), in_folder("benches")].concat();
    all.sort();
    assert!(all.len() >= 14, "{all:?}");
    all
}

#[test]
fn every_spelling_of_a_key_is_one_key() {
    let shop = document(SHOP);
    for (spellings, canonical) in [
        (
            &[
                "supply.0.location.0.minimum-order",
                "supply.ocean.location.\"US 3PL\".minimum-order",
                "supply . 'ocean' .location.0.\"minimum-order\"",
            ][..],
            "supply.ocean.location.\"US 3PL\".minimum-order",
        ),
        (&["supply.\"Acme.Inc\".overflow", "supply.1.overflow"], "supply.\"Acme.Inc\".overflow"),
        (
            &["product.1.price", "product.\"Mütze 7.5\".price", "product.\"M\\u00fctze 7.5\".price"],
            "product.\"Mütze 7.5\".price",
        ),
        (&["demand.campaign.0.days", "demand.campaign.'Black Friday'.days"], "demand.campaign.\"Black Friday\".days"),
        (
            &[
                "supply.0.location.0.route.0.stage.4.days",
                "supply.ocean.location.\"US 3PL\".route.Ocean.stage.Ocean.days",
            ],
            "supply.ocean.location.\"US 3PL\".route.Ocean.stage.Ocean.days",
        ),
        // Entries without names are known by their places.
        (&["supply.ocean.location.0.route.0.duty.0.rate"], "supply.ocean.location.\"US 3PL\".route.Ocean.duty.0.rate"),
    ] {
        let variants: Vec<Variant> = spellings
            .iter()
            .map(|key| {
                shop.with(&key.parse().unwrap(), if key.contains("overflow") { "false" } else { "0.5" })
                    .unwrap_or_else(|d| panic!("{}", d.render(false)))
            })
            .collect();
        for v in &variants {
            let [change] = v.changes() else { panic!("one change") };
            assert_eq!(change.key().to_string(), canonical);
            assert_eq!(change.key().to_string().parse::<Key>().as_ref(), Ok(change.key()));
            assert!(change.alters());
        }
    }
    let v = set(&shop, "supply.0.location.\"US 3PL\".minimum-order= 500 ");
    assert_eq!(v.changes()[0].to_string(), "supply.ocean.location.\"US 3PL\".minimum-order = 500");
    assert_eq!(v.changes()[0].spelled(), "supply.ocean.location.\"US 3PL\".minimum-order=500");
    assert_eq!(loaded(v.runnable()).scenario.models[0].locations[0].minimum_order, 500);
    assert_eq!(
        loaded(shop.unchanged().runnable()).scenario.models[0].locations[0].minimum_order,
        600,
        "the base stays"
    );
    // A text without quotes is the text.
    assert_eq!(
        set(&shop, "customers.communication=silent").changes()[0].to_string(),
        "customers.communication = \"silent\""
    );
}

#[test]
fn a_star_is_every_entry_and_chains_lay_one_over_another() {
    let shop = document(SHOP);
    let v = set(&shop, "supply.*.location.*.minimum-order=55").set("product.*.demand.mean-per-day=9").unwrap();
    let v = v.with(&"product.tee.demand.campaign.'Black Friday'.days".parse().unwrap(), 7).unwrap();
    let scenario = loaded(v.runnable()).scenario;
    assert!(scenario.models.iter().flat_map(|m| &m.locations).all(|l| l.minimum_order == 55));
    assert!(scenario.products.iter().all(|p| p.demand.baseline.moments().0 == 9.0));
    // Each product has a demand of its own now, laid over the scenario's: only one of them has the longer campaign.
    assert_eq!(scenario.products.iter().map(|p| p.demand.campaigns[0].days).collect::<Vec<_>>(), [7, 4]);
    let keys: Vec<String> = v.changes().iter().map(|c| c.key().to_string()).collect();
    assert_eq!(
        keys,
        [
            "supply.*.location.*.minimum-order",
            "product.*.demand.mean-per-day",
            "product.tee.demand.campaign.\"Black Friday\".days"
        ]
    );
    // Of the entries that a star stands for, those count that have the rest.
    let some = set(&shop, "supply.*.location.\"US 3PL\".order-multiple=7");
    let multiples = |r: &Runnable| r.scenario.models.iter().map(|m| m.locations[0].order_multiple).collect::<Vec<_>>();
    assert_eq!(multiples(&loaded(some.runnable())), [7, 1]);
    // Lists without names, from templates too.
    let terms = set(&shop, "supply.ocean.location.0.route.0.terms.*.days-later=3");
    let later = |r: &Runnable| {
        r.scenario.models[0].locations[0].routes[0].payments.iter().map(|p| p.days_later).collect::<Vec<_>>()
    };
    assert_eq!(later(&loaded(terms.runnable())), [3, 3]);
    // Another preset, and what it brings.
    let other = set(&shop, "supply.\"Acme.Inc\".preset=direct-small-batch");
    assert_eq!(loaded(other.runnable()).scenario.models[1].locations[0].minimum_order, 100);
    let batch = other.set("supply.\"Acme.Inc\".location.\"Origin hub\".minimum-order=40").unwrap();
    assert_eq!(loaded(batch.runnable()).scenario.models[1].locations[0].minimum_order, 40);
}

/// A change is one layer more: the same as a file that says it and extends the scenario.
#[test]
fn a_change_is_what_a_further_file_would_be() {
    let dir = scratch("variants-extends");
    std::fs::write(dir.join("base.toml"), SHOP).unwrap();
    let base = Document::read(&dir.join("base.toml")).unwrap();
    for (change, further) in [
        ("demand.units-per-day=3", "demand.units-per-day = 3"),
        ("customers.accept.share=\"40%\"", "customers.accept.share = 0.4"),
        (
            "customers.promise.expected-arrival.buffer.quantile=0.9",
            "customers.promise.expected-arrival.buffer.quantile = 0.9",
        ),
        (
            "customers={ communication = \"silent\", thirty-day-rule = false }",
            "customers = { communication = \"silent\", thirty-day-rule = false }",
        ),
        (
            "supply.ocean.location.0.policy.order-up-to.safety-stock.days=14",
            "\
                 [[supply]]\n\
                 name = \"ocean\"\n\
                 [[supply.location]]\n\
                 name = \"US 3PL\"\n\
                 policy = { order-up-to = { safety-stock = { days = 14 } } }",
        ),
        (
            "supply.ocean.location.0.policy.order-up-to.level=900",
            "\
                 [[supply]]\n\
                 name = \"ocean\"\n\
                 [[supply.location]]\n\
                 name = \"US 3PL\"\n\
                 policy = { order-up-to = { level = 900 } }",
        ),
        (
            "supply.ocean.location.0.policy={ base-stock = { level = 70 } }",
            "\
                 [[supply]]\n\
                 name = \"ocean\"\n\
                 [[supply.location]]\n\
                 name = \"US 3PL\"\n\
                 policy = { base-stock = { level = 70 } }",
        ),
        (
            "supply.ocean.location.0.route.0.stage.Ocean.days=30",
            "\
                 [[supply]]\n\
                 name = \"ocean\"\n\
                 [[supply.location]]\n\
                 name = \"US 3PL\"\n\
                 [[supply.location.route]]\n\
                 name = \"Ocean\"\n\
                 stage = [{ name = \"Ocean\", days = 30 }]",
        ),
        (
            "demand.campaign.0={ name = \"Black Friday\", uplift = { lognormal = { median = 2, p90 = 3 } } }",
            "[[demand.campaign]]\nname = \"Black Friday\"\nuplift = { lognormal = { median = 2, p90 = 3 } }",
        ),
        (
            "product.\"Mütze 7.5\".demand.units-per-order={ poisson = { mean = 2 } }",
            "[[product]]\nsku = \"Mütze 7.5\"\n[product.demand]\nunits-per-order = { poisson = { mean = 2 } }",
        ),
        (
            "supply.*.planner.forecast=truth",
            "\
                 [[supply]]\n\
                 name = \"ocean\"\n\
                 planner = { forecast = \"truth\" }\n\
                 [[supply]]\n\
                 name = \"Acme.Inc\"\n\
                 planner = { forecast = \"truth\" }",
        ),
    ] {
        let file = dir.join("further.toml");
        std::fs::write(&file, format!("extends = \"base.toml\"\n{further}\n")).unwrap();
        let by_file = Loader::default().load(&file).unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable;
        let by_change = loaded(set(&base, change).runnable());
        assert_eq!(told(&by_file), told(&by_change), "{change}");
        assert_ne!(told(&by_change), told(&loaded(base.unchanged().runnable())), "{change}");
    }
}

/// What a run records makes it again, whichever way the keys were spelt.
#[test]
fn what_is_recorded_replays() {
    let dir = scratch("variants-replay");
    std::fs::write(dir.join("shop.toml"), SHOP).unwrap();
    let set = [
        "supply.0.location.*.minimum-order=500",
        "demand.campaign.'Black Friday'.uplift={ uniform = [2, 4] }",
        "product.0.price= 31",
        "customers.thirty-day-rule=true",
    ];
    let args: Vec<&str> = ["run", "shop.toml", "-q", "--no-charts", "--out", "a"]
        .into_iter()
        .chain(set.iter().flat_map(|s| ["--set", s]))
        .collect();
    let run = restock_in(&dir, &args);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let manifest = |folder: &str| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(dir.join(folder).join("manifest.json")).unwrap()).unwrap()
    };
    // The last changes nothing: it is the default.
    let recorded = manifest("a")["overrides"].clone();
    assert_eq!(
        recorded,
        serde_json::json!([
            "supply.ocean.location.*.minimum-order=500",
            "demand.campaign.\"Black Friday\".uplift={ uniform = [2, 4] }",
            "product.tee.price=31"
        ])
    );
    let again = restock_in(&dir, &["run", "a/manifest.json", "-q", "--out", "b"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(manifest("a")["run"], manifest("b")["run"]);
    let kpis = |folder: &str| std::fs::read(dir.join(folder).join("kpis.csv")).unwrap();
    assert_eq!(kpis("a"), kpis("b"));
    let by_place: Vec<String> = [
        "supply.0.location.*.minimum-order=500",
        "demand.campaign.0.uplift={ uniform = [2, 4] }",
        "product.0.price=31",
    ]
    .map(String::from)
    .to_vec();
    let by_name: Vec<String> = recorded.as_array().unwrap().iter().map(|o| o.as_str().unwrap().to_owned()).collect();
    let of = |overrides: Vec<String>| {
        let loaded = Loader { overrides, ..Loader::default() }.load(&dir.join("shop.toml")).unwrap().value;
        (told(&loaded.runnable), loaded.runnable.scenario.origin.overrides, loaded.resolved)
    };
    assert_eq!(of(by_place), of(by_name));
}

/// Each wrong key, and what must be said of it.
#[test]
fn wrong_keys_are_told() {
    let twins = SHOP.replace("\"Acme.Inc\"", "\"ocean\"");
    for (text, change, expected) in [
        (
            SHOP,
            "supply.Pacific.overflow=false",
            &[
                "no entry of `supply` is named `Pacific`",
                "there are `ocean`, `\"Acme.Inc\"`",
                "a place from 0: `supply.ocean`",
            ][..],
        ),
        (
            SHOP,
            "supply.ocaen.overflow=false",
            &["no entry of `supply` is named `ocaen`", "did you mean `supply.ocean`?"],
        ),
        (SHOP, "supply.Ocean.overflow=false", &["is named `Ocean`", "did you mean `supply.ocean`?"]),
        (SHOP, "product.Mutze.price=3", &["no entry of `product` is named `Mutze`", "`tee`, `\"Mütze 7.5\"`"]),
        (
            &twins,
            "supply.ocean.overflow=false",
            &["2 entries of `supply` are named `ocean`", "write the place: `supply.0` or `supply.1`"],
        ),
        (
            SHOP,
            "demand.surge.on.*=2026-02-01",
            &["`*` matches nothing: `demand.surge.on` has no entries", "a change makes no list longer"],
        ),
        (SHOP, "regime.*.name=x", &["`*` matches nothing: `regime` has no entries"]),
        (
            SHOP,
            "supply.*.location.EU.share=1",
            &["`*` matches nothing: no entry of `supply.ocean.location` is named `EU`"],
        ),
        (
            SHOP,
            "calendar.Feiertage.weekends-closed=true",
            &["`calendar` has no entries, and so none named `Feiertage`", "add the entry to the file"],
        ),
        (SHOP, "supply.2.overflow=false", &["`supply` has no entry 2: it has 2, from 0 to 1", "counted from 0"]),
        (SHOP, "demand.campaign.1.days=3", &["`demand.campaign` has no entry 1: it has one, entry 0"]),
        (
            SHOP,
            "supply.Acme.Inc.overflow=false",
            &["no entry of `supply` is named `Acme`", "a name with dots stands in quotes: `supply.\"Acme.Inc\"`"],
        ),
        (
            SHOP,
            "supply.\"ocean.overflow=false",
            &["the quote of `\"ocean.overflow=false` is not closed", "end the name with \""],
        ),
        (SHOP, "supply.'ocean.overflow=false", &["is not closed", "end the name with '"]),
        (
            SHOP,
            "supply.location.0.minimum-order=5",
            &[
                "`supply` is a list, and `location` a key of its entries",
                "write `supply.ocean.location` for one of them, `supply.*.location` for all",
            ],
        ),
        (
            SHOP,
            "demand.0.mean-per-day=5",
            &["`demand` is a table of keys, not a list, and has no entry 0", "write one of its keys: `mean-per-day`"],
        ),
        (SHOP, "demand.*=5", &["`demand` is a table of keys, not a list, and has no `*`"]),
        (
            SHOP,
            "supply.ocean.location.0.route.0.terms.order.share=1",
            &[
                "entries of `supply.ocean.location.\"US 3PL\".route.Ocean.terms` have no names",
                "terms.0` for the first",
            ],
        ),
        (SHOP, "supply..overflow=false", &["a part of the key is empty", "one dot between them"]),
        (SHOP, ".supply=1", &["a part of the key is empty"]),
        (SHOP, "demand.=1", &["a part of the key is empty"]),
        (SHOP, "=1", &["no key stands before the value"]),
        (
            SHOP,
            "demand.mean per day=5",
            &["`mean per day` is no bare part of a key", "write it in quotes: `\"mean per day\"`"],
        ),
        (SHOP, "product.Mütze 7.price=5", &["`Mütze 7` is no bare part of a key"]),
        (
            SHOP,
            "demand.mean-per-dya=5",
            &["unknown key `mean-per-dya` in `demand`", "did you mean `demand.mean-per-day`?", "known: `mean-per-day`"],
        ),
        (SHOP, "suply.0.name=x", &["unknown key `suply` in a scenario", "did you mean `supply`?"]),
        (
            SHOP,
            "supply.ocean.location.0.minimun-order=5",
            &[
                "unknown key `minimun-order` in `supply.ocean.location.\"US 3PL\"`",
                "did you mean `supply.ocean.location.\"US 3PL\".minimum-order`?",
            ],
        ),
        (
            SHOP,
            "horizon.days.x=5",
            &["`horizon.days` is a single value and has no key `x`", "write the value behind it: `horizon.days=..`"],
        ),
        (SHOP, "horizon.days.0=5", &["`horizon.days` is a single value and has no entry 0"]),
        (
            SHOP,
            "supply.ocean.location.0.policy.base-stock.level=5",
            &[
                "is `order-up-to` here, not `base-stock`",
                "to choose it, give all of it",
                "policy={ base-stock = { .. } }`",
            ],
        ),
        (
            SHOP,
            "demand.campaign.0.uplift.lognormal.p90=5",
            &["`demand.campaign.\"Black Friday\".uplift` is `3` here, not `lognormal`"],
        ),
        (SHOP, "extends=other.toml", &["`extends` is followed before changes are laid over"]),
        (SHOP, "supply.0.location.0.name=Port", &["belongs to an entry of a preset", "write the entry into the file"]),
        (SHOP, "demand.mean-per-day", &["has no `=`"]),
        (SHOP, "demand.mean-per-day= ", &["has no value"]),
    ] {
        let said = refused(text, change);
        for part in expected {
            assert!(said.contains(part), "`{change}`: no `{part}` in\n{said}");
        }
        assert!(said.contains("--set:1:") && said.contains("error[E"), "{said}");
        // The command line says the same.
        let loader = Loader { overrides: vec![change.into()], ..Loader::default() };
        let whole = loader.load_str("shop.toml", text, Path::new(".")).unwrap_err().render(false);
        assert!(whole.contains(expected[0]), "{whole}");
    }
}

/// A value that does not fit is told as one of a file is, with the key and what was given.
#[test]
fn wrong_values_name_the_key_and_what_was_given() {
    let shop = document(SHOP);
    for (change, expected) in [
        ("demand.mean-per-day=-5", &["`mean-per-day` is -5", "demand.mean-per-day=-5", "must be 0 to"][..]),
        ("supply.*.location.*.minimum-order=few", &["it is the text \"few\", not a whole number", "minimum-order=few"]),
        ("demand=5", &["`demand` cannot be read: it is `5`, not a table of keys"]),
        ("supply.ocean.location.\"US 3PL\".delivery=5", &["delivery` cannot be read: it is `5`, not a table of keys"]),
        ("supply=5", &["`supply` cannot be read: it is `5`, not a list"]),
        ("customers.accept=sometimes", &["unknown alternative `sometimes`", "known: `always`, `never`"]),
        (
            "demand.campaign.0.uplift={ lognormal = { median = 3 } }",
            &["`lognormal` takes `median` and `p90`, or `mean` and `cv`"],
        ),
        ("supply.ocean.preset=ocean-3pI", &["there is no preset `ocean-3pI`", "did you mean `ocean-3pl`?"]),
    ] {
        let said = set(&shop, change).load().unwrap_err().render(false);
        for part in expected {
            assert!(said.contains(part), "`{change}`: no `{part}` in\n{said}");
        }
        assert!(said.contains("--set:1:"), "{said}");
    }
    // A change may mend what the file has wrong.
    let text = SHOP.replace("preset = \"direct\"", "preset = \"dirrect\"");
    let wrong = document(&text);
    assert!(wrong.unchanged().load().unwrap_err().render(false).contains("there is no preset `dirrect`"));
    loaded(set(&wrong, "supply.1.preset=direct").runnable());
    // All that is wrong is told at once: of the file, of a key, of a value.
    let overrides = ["demand.mean-per-dya=5", "product.tee.price=-1"].map(String::from).to_vec();
    let loader = Loader { overrides, ..Loader::default() };
    let text = SHOP.replace("unit-cost = 5", "unit-cost = -5");
    let said = loader.load_str("shop.toml", &text, Path::new(".")).unwrap_err().render(false);
    assert!(["mean-per-dya", "`price` is -1", "`unit-cost` is -5"].iter().all(|p| said.contains(p)), "{said}");
}

#[test]
fn a_key_given_twice_is_told() {
    let shop = document(SHOP);
    for (first, second, expected) in [
        ("demand.mean-per-day=5", "demand.mean-per-day=6", "`demand.mean-per-day` is given twice"),
        ("supply.0.overflow=true", "supply.ocean.overflow=false", "`supply.ocean.overflow` is given twice"),
        (
            "supply.*.overflow=true",
            "supply.1.overflow=false",
            "`supply.\"Acme.Inc\".overflow` is given twice: `supply.*.overflow` sets it, too",
        ),
        (
            "supply.1.overflow=true",
            "supply.*.overflow=false",
            "`supply.*.overflow` is given twice: `supply.\"Acme.Inc\".overflow` sets it, too",
        ),
        (
            "demand={ mean-per-day = 5 }",
            "demand.mean-per-day=6",
            "`demand.mean-per-day` is given twice: `demand` sets it, too",
        ),
        ("demand.weekday.0=2", "demand.weekday=[1, 1, 1, 1, 1, 1, 1]", "`demand.weekday` is given twice"),
    ] {
        let said = set(&shop, first).set(second).unwrap_err().render(false);
        assert!(said.contains(expected) && said.contains(&format!("the other is `{first}`")), "{said}");
    }
    // Two keys of one table are two keys; two ways of saying the same contradict each other, as in a file.
    let v = set(&shop, "demand.mean-per-day=5").set("demand.dispersion=3").unwrap();
    assert!(v.runnable().is_ok());
    let said = v.set("demand.units-per-day=4").unwrap().load().unwrap_err().render(false);
    assert!(said.contains("is given 2 times: `mean-per-day`, `units-per-day`"), "{said}");
    let said = v.set("demand={ units-per-day = 4 }").unwrap().load().unwrap_err().render(false);
    assert!(said.contains("is given 2 times: `mean-per-day`, `units-per-day`"), "{said}");
    let v = set(&shop, "customers={ communication = \"silent\" }").set("customers.thirty-day-rule=false").unwrap();
    assert_eq!(v.to_string(), "customers = { communication = \"silent\" }, customers.thirty-day-rule = false");
    let customers = loaded(v.runnable()).scenario.models.remove(0).customers;
    assert!(!customers.thirty_day_rule && customers.communication == restock::model::Communication::Silent);
}

/// Sales of two years, of two items.
fn sales(dir: &Path) {
    let mut text = String::from("date,sku,units\n");
    for t in 0..730 {
        for (item, mean) in [("tee", 9.0), ("Mütze 7.5", 4.0)] {
            let mut draw = restock::rng::Stream::new(3, item, "variants", "").at(0, t, 0);
            let units = restock::law::negative_binomial(mean, None, &mut draw);
            text += &format!("{},{item},{units}\n", restock::calendar::Day(19_723 + t));
        }
    }
    std::fs::write(dir.join("sales.csv"), text).unwrap();
}

const FITTED: &str = "name = \"f\"\n[horizon]\nstart = 2026-01-01\ndays = 90\n[[product]]\nsku = \"tee\"\nprice = 30\nunit-cost = 7\n\
[[product]]\nsku = \"\
     Mütze 7.5\"\n\
     price = 20\n\
     unit-cost = 5\n\
     [demand]\n\
     history = { file = \"sales.csv\", sku = \"sku\" }\n";

/// Files are read and sales are fitted once, and again only for what a fit depends on.
#[test]
fn a_change_fits_anew_only_what_it_must() {
    let dir = scratch("variants-fits");
    sales(&dir);
    let base = Document::from_text("f.toml", FITTED, &dir).unwrap();
    assert_eq!(base.work(), Work { read: 0, fitted: 0 });
    let first = base.unchanged().load().unwrap();
    assert_eq!(base.work(), Work { read: 1, fitted: 1 });
    for nothing_new in [
        "supply.*.location.*.policy.order-up-to.safety-stock.service-level=0.98",
        "product.tee.price=31",
        "horizon.warmup-days=100",
        "demand.trend-per-year=0.1",
        "customers.accept=never",
        "planner.forecast=fitted",
        "demand.history.drives=replay",
        "monte-carlo.seed=9",
        "demand.campaign=[{ name = \"c\", start = 2026-02-01, days = 3, uplift = 2 }]",
    ] {
        set(&base, nothing_new).load().unwrap_or_else(|d| panic!("{}", d.render(false)));
        assert_eq!(base.work(), Work { read: 1, fitted: 1 }, "{nothing_new}");
    }
    let mut work = base.work();
    for (anew, read) in [
        ("demand.history.suspected-stock-outs=keep", 0),
        ("demand.history.surges=false", 0),
        ("demand.history.yearly-wave=false", 0),
        ("demand.history.country=[\"US\"]", 0),
        ("horizon.start=2025-11-01", 0),
        ("horizon.days=400", 0),
        ("demand.history.every=week", 2),
        ("demand.history.until=2025-10-31", 1),
    ] {
        let v = set(&base, anew);
        let r = loaded(v.runnable());
        work = Work { read: work.read + read, ..work };
        assert_eq!(base.work().read, work.read, "{anew}");
        assert!(base.work().fitted > work.fitted, "{anew}");
        work = base.work();
        // The same again is the same, and nothing is done for it; a document of its own finds it, too.
        assert_eq!(told(&loaded(v.runnable())), told(&r));
        assert_eq!(base.work(), work, "{anew}");
        let alone = Loader { overrides: vec![anew.into()], ..Loader::default() };
        assert_eq!(told(&alone.load_str("f.toml", FITTED, &dir).unwrap().value.runnable), told(&r), "{anew}");
    }
    // Each load tells all, though nothing is read again.
    let again = base.unchanged().load().unwrap();
    assert_eq!(again.warnings.list, first.warnings.list);
    assert_eq!((again.value.health.len(), &again.value.inputs), (1, &first.value.inputs));
    assert_eq!(told(&again.value.runnable), told(&first.value.runnable));
}

/// Variants are made and loaded on several threads at once.
#[test]
fn variants_of_one_document_load_in_parallel() {
    let dir = scratch("variants-threads");
    sales(&dir);
    let base = Document::from_text("f.toml", FITTED, &dir).unwrap();
    let of = |price: usize| told(&loaded(base.with(&"product.tee.price".parse().unwrap(), price).unwrap().runnable()));
    let together: Vec<String> = std::thread::scope(|s| {
        let threads: Vec<_> = (20..26).map(|price| s.spawn(move || of(price))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(together, (20..26).map(of).collect::<Vec<_>>());
}

fn keys(path: &Path) -> (Document, Vec<Setting>) {
    let loader = Loader { allow_outside: true, ..Loader::default() };
    let document = loader.document(path).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let keys = document.keys().unwrap_or_else(|d| panic!("{}", d.render(false)));
    (document, keys)
}

/// Every key that is listed can be set, to the value that it has, and nothing changes.
#[test]
fn keys_that_are_listed_can_be_set() {
    for path in shipped() {
        let (document, keys) = keys(&path);
        assert!(keys.len() > 80, "{}: {}", path.display(), keys.len());
        let base = told(&loaded(document.unchanged().runnable()));
        for (i, s) in keys.iter().enumerate() {
            let v = document.with(&s.key, &s.value).unwrap_or_else(|d| panic!("{}", d.render(false)));
            assert_eq!(v.changes()[0].key(), &s.key);
            // What stands nowhere is written now, but is as it was.
            assert!(!v.changes()[0].alters() || s.place.is_none(), "{}: {} = {}", path.display(), s.key, s.value);
            if i % 17 == 0 || s.place.is_none() && i % 3 == 0 {
                assert_eq!(told(&loaded(v.runnable())), base, "{}: {} = {}", path.display(), s.key, s.value);
            }
        }
        let unique: std::collections::HashSet<&Key> = keys.iter().map(|s| &s.key).collect();
        assert_eq!(unique.len(), keys.len());
    }
}

#[test]
fn keys_know_their_values_kinds_units_and_places() {
    let shop = document(SHOP);
    let keys = shop.keys().unwrap();
    let of = |key: &str| keys.iter().find(|s| s.key.to_string() == key).unwrap_or_else(|| panic!("no {key}"));
    let price = of("product.tee.price");
    assert_eq!((price.value.as_str(), &price.sort, price.given), ("30", &Sort::Number, true));
    let place = price.place.clone().unwrap();
    assert_eq!(shop.sources()[place.source].text.get(place.span), Some("30"));
    let level = of("supply.\"Acme.Inc\".location.\"Origin hub\".policy.order-up-to.safety-stock.service-level");
    assert_eq!((level.value.as_str(), &level.sort, level.given), ("\"95%\"", &Sort::Share, false));
    let weight = of("product.tee.weight-kg");
    assert_eq!(weight.limit.unwrap().unit, "kg");
    assert_eq!((of("horizon.start").value.as_str(), &of("horizon.start").sort), ("2026-01-01", &Sort::Date));
    assert_eq!(of("demand.campaign.\"Black Friday\".uplift").sort, Sort::Distribution);
    // A default that stands nowhere but in the types.
    let planned = of("demand.campaign.\"Black Friday\".planned");
    assert_eq!((planned.value.as_str(), &planned.sort, &planned.place), ("true", &Sort::Flag, &None));
    let Sort::Choice(words) = &of("customers.communication").sort else { panic!() };
    assert_eq!(words, &["clear", "silent"]);
    assert_eq!(of("supply.ocean.location.\"US 3PL\".minimum-order").sort, Sort::Whole);
    // Only what is there or has a default: no alternative that was not chosen, nothing that is absent.
    assert!(
        !keys.iter().any(|s| s.key.to_string().contains("base-stock") || s.key.to_string() == "finance.opening-cash")
    );
    // A variant lists what it has.
    let v = set(&shop, "customers.accept.share=0.25");
    let share = v.keys().unwrap().into_iter().find(|s| s.key.to_string() == "customers.accept.share").unwrap();
    assert_eq!((share.value.as_str(), share.given, share.place.unwrap().source), ("0.25", true, shop.sources().len()));
}

/// Whatever list of tables with names the format has, its entries can be named: by the key by which they are merged.
#[test]
fn every_list_of_named_tables_has_names_in_keys() {
    let text = r#"
name = "all lists"
[horizon]
start = 2026-01-01
days = 60
[[product]]
sku = "a b"
price = 3
unit-cost = 1
[[product.supply]]
name = "a b"
[[product.demand.campaign]]
name = "a b"
start = 2026-01-09
days = 3
uplift = 2
[demand]
mean-per-day = 5
[[demand.campaign]]
name = "a b"
start = 2026-01-09
days = 3
uplift = 2
[[demand.pre-order]]
name = "a b"
opens = 2026-01-09
closes = 2026-01-10
ships = 2026-02-01
take-up = 0.1
[[product.demand.pre-order]]
name = "a b"
opens = 2026-01-09
closes = 2026-01-10
ships = 2026-02-01
take-up = 0.1
[[regime]]
name = "a b"
state = [{ name = "a b", mean-days = 9 }, { name = "c" , mean-days = 8 }]
[[position.regime]]
name = "a b"
state = "c"
[[factory]]
name = "a b"
capacity-per-day = 9
[[container]]
name = "a b"
price = 9
m3 = 9
payload-kg = 9
wait-days = 9
[[calendar]]
name = "a b"
[[market]]
name = "a b"
share = 1
[[market.from]]
name = "a b"
days = 3
[[disruption]]
name = "a b"
on = { stage = "a b" }
per-year = 1
days = 3
[[supply]]
name = "a b"
[[supply.location]]
name = "a b"
[[supply.location.route]]
name = "a b"
stage = [{ name = "a b", days = 3 }]
"#;
    let schema: serde_json::Value = serde_json::from_str(&restock::scenario::json_schema()).unwrap();
    // Lists of tables that have a key `name` or `sku`, by the way of keys to them.
    fn lists(schema: &serde_json::Value, node: &serde_json::Value, at: &str, out: &mut Vec<String>) {
        if at.matches('.').count() > 12 {
            return;
        }
        if let Some(r) = node.get("$ref").and_then(|r| r.as_str()) {
            return lists(schema, &schema["$defs"][r.rsplit('/').next().unwrap()], at, out);
        }
        for several in ["anyOf", "oneOf"] {
            node.get(several).and_then(|s| s.as_array()).into_iter().flatten().for_each(|n| lists(schema, n, at, out));
        }
        if let Some(items) = node.get("items") {
            let mut item = items;
            if let Some(r) = items.get("$ref").and_then(|r| r.as_str()) {
                item = &schema["$defs"][r.rsplit('/').next().unwrap()];
            }
            if ["name", "sku"].iter().any(|k| item["properties"].get(k).is_some()) {
                out.push(at.to_owned());
                lists(schema, item, &format!("{at}.\"a b\""), out);
            }
        }
        for (key, inner) in node.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
            let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            lists(schema, inner, &at, out);
        }
    }
    let mut found = Vec::new();
    lists(&schema, &schema, "", &mut found);
    assert!(found.len() >= 9, "{found:?}");
    let document = document(text);
    for list in found {
        let key = if list == "product" { "sku" } else { "name" };
        // The name itself is set to what it is: all that is asked is whether the entry is found.
        let v = set(&document, &format!("{list}.'a b'.{key}=a b"));
        assert_eq!(v.changes()[0].key().to_string(), format!("{list}.\"a b\".{key}"));
    }
}

// ---- the writer ----------------------------------------------------------------------------------------

fn read(text: &str, folder: &Path) -> restock::scenario::Loaded {
    let loader = Loader { allow_outside: true, ..Loader::default() };
    loader.load_str("w.toml", text, folder).unwrap_or_else(|d| panic!("{}\n{text}", d.render(false))).value
}

/// Written and read again: the same scenario, and the same text when it is written once more.
fn round(first: &restock::scenario::Loaded, folder: &Path) -> String {
    let text = write(&first.raw);
    let second = read(&text, folder);
    assert_eq!(told(&first.runnable), told(&second.runnable), "{text}");
    assert_eq!(write(&second.raw), text);
    text
}

#[test]
fn a_scenario_that_is_written_is_read_as_it_was() {
    for path in shipped() {
        let folder = path.parent().unwrap();
        let loader = Loader { allow_outside: true, ..Loader::default() };
        let first = loader.load(&path).unwrap_or_else(|d| panic!("{}", d.render(false))).value;
        let text = round(&first, folder);
        let lines = |t: &str| t.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).count();
        let mut original = std::fs::read_to_string(&path).unwrap();
        if let Some(base) = original.lines().find_map(|l| l.strip_prefix("extends = ")) {
            original += &std::fs::read_to_string(folder.join(base.trim_matches('"'))).unwrap();
        }
        // A row of a catalogue is a table with a line a cell.
        let cells = |row: &str| row.matches(',').count() + 4;
        let rows: usize = first
            .inputs
            .iter()
            .filter(|_| original.contains("[catalogue]"))
            .map(|path| std::fs::read_to_string(path).unwrap().lines().map(cells).sum::<usize>())
            .sum();
        assert!(lines(&text) <= lines(&original) + rows + 12, "{}: defaults are left out\n{text}", path.display());
        // What was chosen by hand is written, too.
        let full = Loader { overrides: vec!["product.0.price=12.5".into()], ..loader };
        round(&full.load(&path).unwrap().value, folder);
    }
    for case in restock::verify::cases() {
        round(&read(case.scenario_text(), Path::new(".")), Path::new("."));
    }
}

/// The text of a scenario is one that a person would write.
#[test]
fn a_written_scenario_reads_well() {
    let mut first = read(SHOP, Path::new("."));
    let text = write(&first.raw);
    assert_eq!(
        text,
        r#"name = "shop"

[horizon]
start = 2026-01-01
days = 60

[monte-carlo]
replications = 5

[[product]]
sku = "tee"
price = 30
unit-cost = 7

[[product]]
sku = "Mütze 7.5"
price = 20
unit-cost = 5
demand = { mean-per-day = 4, units-per-order = { lognormal = { mean = 2, cv = 0.5 } } }

[demand]
mean-per-day = 10

[[demand.campaign]]
name = "Black Friday"
start = 2026-02-01
days = 4
uplift = 3

[[supply]]
name = "ocean"
preset = "ocean-3pl"

[[supply.location]]
name = "US 3PL"
minimum-order = 600

[[supply]]
name = "Acme.Inc"
preset = "direct"
"#
    );
    let mut notes = Notes::default();
    notes.head("From the books.");
    notes.beside("product.0.price".parse().unwrap(), "of the shop");
    notes.above("supply.1".parse().unwrap(), "As\noffered.");
    notes.keep("currency".parse().unwrap());
    first.raw.product.pop();
    let text = write_with(&first.raw, &notes);
    for part in [
        "# From the books.\n\nname",
        "currency = \"USD\"\n",
        "price = 30         # of the shop\n",
        "\n# As offered.\n[[supply]]\n",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

fn distribution() -> impl Strategy<Value = Distribution> {
    let number = || prop_oneof![(1u32..720).prop_map(|n| f64::from(n) / 8.0), 0.01f64..90.0];
    let one = move || {
        prop_oneof![
            number().prop_map(Distribution::Constant),
            (number(), number()).prop_map(|(a, b)| Family::Uniform([a, a + b]).into()),
            (number(), number(), number()).prop_map(|(a, b, c)| Family::Triangular([a, a + b, a + b + c]).into()),
            (number(), number()).prop_map(|(mean, sd)| Family::Normal(MeanSd { mean, sd }).into()),
            (number(), 0.0f64..3.0).prop_map(|(m, times)| Family::Lognormal(Lognormal {
                median: Some(m),
                p90: Some(m * (1.0 + times)),
                mean: None,
                cv: None
            })
            .into()),
            (number(), 0.01f64..1.5).prop_map(|(m, cv)| Family::Lognormal(Lognormal {
                median: None,
                p90: None,
                mean: Some(m),
                cv: Some(cv)
            })
            .into()),
            number().prop_map(|mean| Family::Gamma(MeanSd { mean, sd: mean / 3.0 }).into()),
            number().prop_map(|mean| Family::Exponential(Mean { mean }).into()),
            (0.9f64..5.0, number()).prop_map(|(shape, scale)| Family::Weibull(Weibull { shape, scale }).into()),
            number().prop_map(|mean| Family::Poisson(Mean { mean }).into()),
            proptest::collection::vec(number(), 1..5).prop_map(|v| Family::Empirical(Empirical::Values(v)).into()),
        ]
    };
    let of = move |(weight, a, b): (u32, Distribution, Distribution)| {
        let weight = f64::from(weight) / 1000.0;
        let parts = [(weight, a), (1.0 - weight, b)].map(|(weight, of)| Weighted { weight: Share(weight), of });
        Distribution::from(Family::Mixture(parts.into()))
    };
    prop_oneof![6 => one(), 1 => (1u32..999, one(), one()).prop_map(of)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_scenarios_are_written_and_read(text in scenario()) {
        round(&read(&text, Path::new(".")), Path::new("."));
    }

    /// Names of any script, with whatever TOML gives a meaning to; every distribution; money and shares of any digits.
    #[test]
    fn any_name_number_and_distribution_is_written_and_read(
        name in "[a-zA-Z .\"'\\\\=#\\[\\]{}*,0-9äß日本Ω🙂-]{0,12}[a-z0-9\"'.*é]",
        days in distribution(), price in 0.0f64..1e9, share in 0.0f64..1.0, few in 1u32..10_000, seed in 0..i64::MAX as u64,
    ) {
        let mut raw = raw::Scenario::new(&name);
        raw.monte_carlo.seed = seed;
        raw.product.push(raw::Product::new(&name, price, price / 3.0));
        raw.demand.mean_per_day = Some(5.0);
        (raw.demand.trend_per_year, raw.finance.salvage) = (Share(share - 0.5), Share(f64::from(few) / 10_000.0));
        raw.customers.accept = raw::Accept::Share(Share(share));
        let mut location = raw::Location::new(&name);
        let mut route = raw::Route::new(&name);
        route.stage.push(raw::Stage::new(&name, days));
        location.route.push(route);
        raw.supply.push(raw::Supply { location: vec![location], ..raw::Supply::new(&name) });
        let first = read(&write(&raw), Path::new("."));
        let s = &first.runnable.scenario;
        prop_assert_eq!((&s.products[0].sku, s.products[0].price.to_bits()), (&name, price.to_bits()));
        prop_assert_eq!(s.models[0].customers.accept, restock::model::Accept::Share(share));
        prop_assert_eq!(s.finance.salvage, f64::from(few) / 10_000.0);
        prop_assert_eq!(first.runnable.experiment.seed, seed);
        round(&first, Path::new("."));
        // The entry is found by its name, whatever it is made of.
        let document = document(&write(&raw));
        let key = Key::default().name("supply").name(&name).name("location").name(&name).name("minimum-order");
        let v = document.with(&key, 77).unwrap();
        prop_assert_eq!(v.changes()[0].key(), &key);
        prop_assert_eq!(v.runnable().unwrap().scenario.models[0].locations[0].minimum_order, 77);
    }

    /// A line break in a name is refused where it is read, and is written all the same as what it is.
    #[test]
    fn what_is_no_name_is_still_toml(name in "[a-z\n\t\r\u{1b}\u{202e}\"\\\\]{1,9}") {
        let text = write(&raw::Scenario::new(&name));
        let table: toml::Table = text.parse().unwrap();
        prop_assert_eq!(table["name"].as_str(), Some(name.as_str()));
    }
}
