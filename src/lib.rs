//! Restock compares supply models by Monte Carlo simulation.
//!
//! It runs the demand of a product, with its spikes, through configurable supply models (bulk ocean freight and a
//! warehouse, direct from the manufacturer, hybrids) and reports backorders, cancellations and capital tied up, each
//! with its uncertainty. The command `restock` is one face of this library; nothing of value lives in [`cli`].
//!
//! # Compare two supply models
//!
//! [`scenario::Loader`] reads a scenario, [`study::Study`] runs it. Both supply models serve the same shoppers in each
//! replication, so the difference of the two is known better than either of them.
//!
//! ```
//! use restock::model::Kpi;
//! use restock::scenario::Loader;
//! use restock::study::{Study, differences};
//! use std::path::Path;
//!
//! let text = r#"
//!     name = "Two ways to ship"
//!     monte-carlo = { replications = 40 }
//!     [[product]]
//!     sku = "tee"
//!     price = 60
//!     unit-cost = 14
//!     [demand]
//!     mean-per-day = 20
//!     dispersion = 8
//!     [[supply]]
//!     name = "Ocean"
//!     preset = "ocean-3pl"
//!     [[supply]]
//!     name = "Direct"
//!     preset = "direct"
//! "#;
//! let loaded = Loader::default().load_str("two-ways.toml", text, Path::new("."))?;
//! let runnable = loaded.value.runnable;
//! let outcome = Study::new(&runnable.scenario, &runnable.experiment).run()?;
//! let paired = differences(&outcome.products[0]);
//! let capital = paired.iter().find(|d| d.kpi == Kpi::InvestedCapital).expect("capital is tied up");
//! assert_eq!((&*outcome.models[capital.from], &*outcome.models[capital.to]), ("Ocean", "Direct"));
//! assert!(capital.estimate.value < 0.0, "units that fly are paid for later than those that sail");
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # Read a KPI with its interval
//!
//! A run may end when a KPI is known well enough. It may also be stopped from elsewhere, by a [`study::Cancel`].
//!
//! ```
//! use restock::model::Kpi;
//! use restock::scenario::Loader;
//! use restock::study::{Cancel, Stopped, Study};
//! use std::path::Path;
//!
//! let text = r#"
//!     name = "Known to two points"
//!     [monte-carlo]
//!     replications = 2_000
//!     precision = { kpi = "fill_rate", half-width = 0.02 }
//!     [[product]]
//!     sku = "tee"
//!     price = 60
//!     unit-cost = 14
//!     [demand]
//!     mean-per-day = 20
//! "#;
//! let loaded = Loader::default().load_str("tee.toml", text, Path::new("."))?;
//! let runnable = loaded.value.runnable;
//! let cancel = Cancel::default();
//! let study = || Study::new(&runnable.scenario, &runnable.experiment).cancel(&cancel);
//! let outcome = study().run()?;
//! assert_eq!(outcome.precision_met, Some(true));
//! for model in &outcome.products[0].models {
//!     let fill = model.estimate(Kpi::FillRate).expect("something was demanded");
//!     let half = fill.half_width().expect("several replications have an interval");
//!     println!("{}: {:.3} ± {half:.3}", model.name, fill.value);
//!     assert!(half <= 0.02);
//! }
//!
//! cancel.cancel();
//! assert_eq!(study().run().err(), Some(Stopped::Cancelled));
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # Run variants of a key
//!
//! A [`scenario::Document`] is read once. Each variant has values of its own under a key, and all variants share what
//! they can: the files that were read, and the shoppers of each replication.
//!
//! ```
//! use restock::model::Kpi;
//! use restock::scenario::{Document, Key};
//! use restock::study::{Cancel, Engine, Options};
//! use std::path::Path;
//!
//! let text = r#"
//!     name = "How large an order?"
//!     horizon = { start = 2026-01-05, days = 180 }
//!     monte-carlo = { replications = 40 }
//!     [[product]]
//!     sku = "tee"
//!     price = 60
//!     unit-cost = 14
//!     [demand]
//!     mean-per-day = 20
//!     dispersion = 8
//!     [[supply]]
//!     name = "Ocean"
//!     preset = "ocean-3pl"
//! "#;
//! let document = Document::from_text("tee.toml", text, Path::new("."))?;
//! let key: Key = "supply.Ocean.location.*.minimum-order".parse()?;
//! let variants = [600, 1_200, 2_400].map(|v| {
//!     let runnable = document.with(&key, v)?.runnable()?;
//!     Ok::<_, restock::Error>((runnable.scenario, runnable.experiment))
//! });
//! let mut capital = Vec::new();
//! Engine::new().run_all(variants.into_iter(), Options::default(), &Cancel::default(), &mut |_, outcome| {
//!     let estimate = outcome.ok().and_then(|o| o.products[0].models[0].estimate(Kpi::InvestedCapital));
//!     capital.extend(estimate.map(|e| e.value));
//! })?;
//! assert_eq!(capital.len(), 3);
//! assert!(capital.is_sorted(), "larger orders tie up more capital");
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # Forecast a panel
//!
//! [`data`] reads sales as people keep them, and says what it repaired. A [`forecast::Pipeline`] sets stock-outs and spikes
//! apart before a method learns, so that every face of the library continues a history alike.
//!
//! ```
//! use std::ops::ControlFlow::Continue;
//! use restock::data::{Columns, panel};
//! use restock::forecast::outlook::Draws;
//! use restock::forecast::{Calendar, Pipeline, default_method};
//!
//! // A year and more of two items: 2 to 4 lamps a day, 10 desks on Mondays.
//! let mut text = String::from("date,item,units\n");
//! for t in 0..420 {
//!     let day = restock::calendar::Day(20_000 + t);
//!     text += &format!("{day},Lamp,{}\n", [2, 4, 3][t as usize % 3]);
//!     text += &format!("{day},Desk,{}\n", if day.weekday() == 0 { 10 } else { 0 });
//! }
//! let file = std::env::temp_dir().join(format!("restock-doc-{}.csv", std::process::id()));
//! std::fs::write(&file, text).map_err(restock::Error::unmade)?;
//! let read = panel(&file, &Columns::default());
//! std::fs::remove_file(&file).map_err(restock::Error::unmade)?;
//! let sales = read?.value;
//! assert_eq!((sales.panel.items.len(), sales.panel.periods), (2, 420));
//!
//! let step = sales.panel.step;
//! let lamp = sales.panel.items.iter().position(|item| item.name == "Lamp").expect("it was sold");
//! let history = Pipeline::new(Calendar::plain(28)).prepare(sales.panel);
//! let fitted = history.fit(default_method(step).as_ref());
//! // The next 28 days: 200 futures of each item, with seed 1.
//! let outlook = history.look_ahead(fitted.as_ref(), &Draws::new(200, 0..28, 1), &mut |_, _, _| Continue(()));
//! let outlook = outlook.expect("nobody ended it");
//! assert!((outlook.items[lamp].total.mean - 28.0 * 3.0).abs() < 12.0, "three a day");
//! assert!((outlook.all.total.mean - (outlook.items[0].total.mean + outlook.items[1].total.mean)).abs() < 1e-6);
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # The fan of an item
//!
//! The futures of one item, period by period: quantiles of each period and of the total, whose spread is not the sum of
//! the spreads of its periods.
//!
//! ```
//! use restock::calendar::Day;
//! use restock::forecast::{Calendar, Fan, Item, Panel, Pipeline, Step, Streams, default_method};
//!
//! let units = (0..300).map(|t| [2.0, 4.0, 3.0, 0.0, 5.0][t * t % 5]).collect();
//! let items = vec![Item::new("Lamp", 0, units)];
//! let panel = Panel { first: Day(20_000), step: Step::Day, periods: 300, items };
//! let history = Pipeline::new(Calendar::plain(14)).prepare(panel);
//! let fitted = history.fit(default_method(Step::Day).as_ref());
//! let streams = Streams::of(1, &history.panel.items[0]);
//! let fan = Fan::draw(fitted.as_ref(), 0, &streams, 400, 14);
//! for day in 0..14 {
//!     let (low, middle, high) = (fan.quantile(day, 0.05), fan.quantile(day, 0.5), fan.quantile(day, 0.95));
//!     assert!(low <= middle && middle <= high);
//! }
//! let width = |day| fan.quantile(day, 0.95) - fan.quantile(day, 0.05);
//! let of_total = fan.total_quantile(0.95) - fan.total_quantile(0.05);
//! assert!(of_total < (0..14).map(width).sum(), "good days and bad days level each other out");
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # Words
//!
//! | word | type |
//! | --- | --- |
//! | scenario: one comparison | [`model::Scenario`] |
//! | supply model, location, route, stage | [`model::SupplyModel`], [`model::Location`], [`model::Route`], [`model::Stage`] |
//! | policy: when and how much to order | [`model::Policy`] |
//! | campaign (dated), surge (unplanned) | [`model::Campaign`], [`model::Surge`] |
//! | promise, acceptance, patience | [`model::Promise`], [`model::Accept`], [`model::Patience`] |
//! | replication: one run of the dice | [`sim::Replica`] |
//! | KPI, estimate, paired difference | [`model::Kpi`], [`stats::interval::Estimate`], [`study::Difference`] |
//!
//! # Map
//!
//! [`scenario`] reads files into the [`model`]; [`sim`] simulates one replication; [`study`] runs many and compares;
//! [`decide`] varies and searches; [`task`] is what is asked of all these; [`report`] makes tables, charts and files of the outcome; [`data`] reads sales
//! files, [`forecast`] continues them as sample paths; [`verify`] holds the simulator against exact results.
//! Below them: [`stats`], [`law`], [`calendar`], [`rng`], [`diag`], [`names`], [`units`], [`ids`]. Who may use whom is written in
//! `docs/architecture.md` and tested.
//!
//! # Reproducibility
//!
//! The same scenario, seed and binary give the same bytes at any number of threads. A draw is a function of its key
//! (see [`rng`]), so supply models share their random numbers, and adding one changes no other.
//!
//! # What it does not do
//!
//! Substitution between products, prices that move demand, several currencies, locations that replenish each other. See "Not
//! modelled yet" in `docs/model.md`.

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the one place that reads clocks and the environment"
)]
pub mod cli;
pub mod verify;

#[doc(inline)]
pub use restock_base::diag::Error;
#[doc(inline)]
pub use restock_base::{calendar, diag, ids, law, names, rng, stats, units};
#[doc(inline)]
pub use restock_decide as decide;
#[doc(inline)]
pub use restock_forecast as forecast;
#[doc(inline)]
pub use restock_kernel::{model, sim, study};
#[doc(inline)]
pub use restock_report as report;
#[doc(inline)]
pub use restock_scenario::{self as scenario, data};
#[doc(inline)]
pub use restock_task as task;
