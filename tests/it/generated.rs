//! Random scenarios, as text: what the laws are tried on.

use proptest::prelude::*;

/// A whole scenario with a short run: any policy, patience, acceptance, route and terms.
pub fn scenario() -> impl Strategy<Value = String> {
    let policy = prop_oneof![
        (0i64..400).prop_map(|s| format!("base-stock = {{ level = {s} }}")),
        (0i64..200, 1i64..200).prop_map(|(s, d)| format!(
            "min-max = {{ reorder-point = {s}, order-up-to = {}, review-days = 3 }}",
            s + d
        )),
        (0i64..200, 1i64..90)
            .prop_map(|(r, q)| format!("reorder-quantity = {{ reorder-point = {r}, quantity = {q} }}")),
        (1u32..30, 0i64..400).prop_map(|(r, s)| format!("order-up-to = {{ review-days = {r}, level = {s} }}")),
        (1u32..30, any::<bool>()).prop_map(|(r, pooled)| format!(
            "order-up-to = {{ review-days = {r}, safety-stock = {{ service-level = \"90%\" }}, pooled = {pooled}, react = {{ cover-below = \"lead-time\", latency = {{ triangular = [0, 2, 9] }} }} }}"
        )),
        (1u32..30, 0u32..20)
            .prop_map(|(r, d)| format!("order-up-to = {{ review-days = {r}, safety-stock = {{ days = {d} }} }}")),
        (1u32..14, 1u32..60).prop_map(|(r, d)| format!(
            "days-of-cover = {{ review-days = {r}, days = {d}, react = {{ cover-below = 8, latency = 0 }} }}"
        )),
        (0u32..2000).prop_map(|q| format!("one-time = {{ quantity = {q}, date = 2026-01-18 }}")),
    ];
    let accept = prop_oneof![
        Just("\"always\"".to_owned()),
        Just("\"never\"".to_owned()),
        Just("{ share = 0.4 }".to_owned()),
        Just("{ falls-with-quoted-delay = { per-day = 0.03 } }".to_owned()),
        (0u32..40).prop_map(|d| format!("{{ within-days = {d} }}")),
    ];
    let patience = prop_oneof![
        Just("\"endless\""),
        Just("{ daily-hazard = \"4%\" }"),
        Just("{ time = { weibull = { shape = 1.5, scale = 12 } } }"),
        Just(
            "{ promise-relative = { at-notice = \"20%\" } }\nnotice-tolerance = 1\ndelivery-sensitivity = { per-day = \"3%\" }"
        ),
        Just(
            "{ promise-relative = { daily-after-miss = \"20%\" } }\ncommunication = \"silent\"\ndelivery-sensitivity = { per-day = 0 }"
        ),
    ];
    let days = prop_oneof![
        Just("7"),
        Just("{ triangular = [1, 5, 20] }"),
        Just("{ gamma = { mean = 9, sd = 6 } }"),
        Just("{ lognormal = { median = 10, p90 = 25 } }"),
        Just("{ uniform = [0, 3] }"),
    ];
    let terms = prop_oneof![
        Just("[{ share = 1, at = \"order\" }]"),
        Just("[{ share = 0.3, at = \"order\" }, { share = 0.7, at = \"production\" }]"),
        Just("[{ share = 0.2, at = \"order\" }, { share = 0.8, at = \"receipt\", days-later = 30 }]"),
    ];
    let forecast = prop_oneof![
        Just("\"truth\""),
        Just("{ exponential-smoothing = { alpha = 0.2 } }\nfirst-review = 2026-01-20"),
        Just("{ exponential-smoothing = { alpha = 0.1, robust = false } }"),
        Just("\"truth-without-surges\""),
        Just("{ moving-average = { days = 14 } }")
    ];
    let demand = prop_oneof![
        Just("mean-per-day = 8\ndispersion = 2"),
        Just("mean-per-day = 0.4"),
        Just("units-per-day = { poisson = { mean = 6 } }\nweekday = [2, 1, 1, 1, 1, 0.5, 0]"),
        Just(
            "\
                 mean-per-day = 10\n\
                 [demand.surge]\n\
                 on = [2026-01-20]\n\
                 peak-uplift = { uniform = [2, 8] }\n\
                 decay = { exponential = { tau-days = 5 } }\n\
                 pull-forward = { share = 0.3, days = 20 }"
        ),
    ];
    let finance = prop_oneof![
        Just(""),
        Just("customer-pays = \"at-shipping\"\nsettlement-days = 9\nshrink = \"200%\""),
        Just("settlement-days = 0\nchargeback = { share = 0.3, fee = 17 }\nadvertising-per-order = 3.33\nshrink = 0"),
        Just(
            "\
                 settlement-days = 30\n\
                 insurance = \"7%\"\n\
                 shrink = \"30%\"\n\
                 opening-cash = 500\n\
                 fixed-per-month = 400\n\
                 credit-line = { limit = 2_000, rate = \"12%\" }"
        ),
    ];
    let inbound = prop_oneof![
        Just("freight = { per-unit = 0.7, per-kg = 1.1 }"),
        Just(
            "\
                 freight = { per-container = 310.07, container-m3 = 0.3, fill = \"90%\" }\n\
                 freight-at = \"Production\"\n\
                 handling = { per-container = 33, per-unit = 0.07 }\n\
                 duty-days-later = 14\n\
                 entry-fees = { processing = { share = \"0.3464%\", least = 32.71, most = 634.62 }, harbor = \"0.125%\", broker = 150 }"
        ),
        Just(
            "\
                 freight = { per-container = 200, container-m3 = 0.2, payload-kg = 40, partial-container = \"whole\" }\n\
                 duty-at = \"Production\"\n\
                 dutiable-share = \"83%\"\n\
                 handling = { per-purchase-order = 12, per-m3 = 4 }"
        ),
    ];
    let shape = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 0u32..30, 1u32..12, 0u32..2);
    let money = (finance, inbound, prop_oneof![Just(0u32), Just(25)]);
    (policy, accept, patience, days, terms, forecast, demand, (shape, money), any::<u32>()).prop_map(
        |(policy, accept, patience, days, terms, forecast, demand, (shape, (finance, inbound, warmup)), seed)| {
            let (crossing, hub, rule, on_cancel, minimum, multiple, scrap) = shape;
            let on_cancel = if on_cancel { "cancel-order" } else { "keep-order" };
            let scrap = if scrap == 1 { ", scrap = { uniform = [0, 0.3] }" } else { "" };
            // Some orders never come, in one of three, and some parcels are lost, in one of four.
            let lost = match seed / 29 % 6 {
                0 => "lost = { share = 0.2, borne-by = \"supplier\" }\n",
                1 => "lost = { share = 0.3, insured = 0.5, learned-after-days = 9 }\n",
                _ => "",
            };
            let parcels = match seed / 31 % 8 {
                0 => ", lost = { share = 0.1, after-days = 2 }",
                1 => ", lost = { share = 0.2, remedy = \"refund\", after-days = 5 }",
                _ => "",
            };
            let route = |name: &str, expedite: &str| {
                format!(
                    "\
                         [[supply.location.route]]\n\
                         name = \"{name}\"\n\
                         order-crossing = {crossing}\n\
                         {lost}\
                         terms = {terms}\n\
                         {inbound}\n\
                         duty = [{{ from = 2020-01-01, rate = 0.1 }}]\n\
                         {expedite}stage = [{{ name = \"Production\", days = {days}, calendar = \"cn-factory\"{scrap} }}, {{ name = \"Wait\", days = 3, goods-are = \"at-factory\" }}, {{ name = \"Transit\", days = {days}, late = {{ probability = 0.2, days = 5 }} }}]\n"
                )
            };
            let second = if hub {
                format!("\
                     [[supply.location]]\n\
                     name = \"hub\"\n\
                     share = 0.3\n\
                     policy = {{ base-stock = {{ level = 60 }} }}\n\
                     delivery = {{ days = 9, per-order = 7, pick-and-pack = 1.37, clearance-per-order = 0.9, duty-per-order = true }}\n\
                     {}", route("truck", ""))
            } else {
                String::new()
            };
            let share = if hub { "share = 0.7\n" } else { "" };
            // By cover or by money, on reviews or between them.
            let expedite = [
                "below-days-of-cover = 3, up-to-days = 9",
                "below-days-of-cover = 3, up-to-days = 9, latency = { uniform = [0, 3] }",
                "when = \"margin-saved-exceeds-cost\"",
                "when = \"margin-saved-exceeds-cost\", latency = 1",
            ][seed as usize % 4];
            // A window for pre-orders, in one of three; a planner who foresees everything orders for nothing besides.
            let (deposit, keeps) = (["1", "0", "0.3"][seed as usize / 12 % 3], forecast == "\"truth\"" || seed % 2 == 0);
            let window = if seed % 3 == 0 {
                format!(
                    "[[demand.pre-order]]\nname = \"early\"\nopens = 2026-01-25\ncloses = 2026-02-05\nships = 2026-02-11\ntake-up = 0.6\ndiscount = 0.1\ndeposit = {deposit}\ncancel = 0.1\nkeeps-forecast = {keeps}\n"
                )
            } else {
                String::new()
            };
            // Some is sent back, in one of three.
            let returns = if seed / 36 % 3 == 0 {
                "returns = { share = 0.4, days = { uniform = [0, 12] }, resaleable = 0.7 }\n"
            } else {
                ""
            };
            let restock = seed / 108 % 3 * 4;
            // Something goes wrong in one of two: the factory, the way, or both.
            let trouble = [
                "",
                "",
                "[[disruption]]\nname = \"strike\"\non = { stage = \"Transit\" }\nper-year = 6\ndays = { uniform = [1, 20] }\nramp-days = 5\ndestroys = 0.3\ninsured = 0.7\nlearned-after-days = 6\n",
                "[[disruption]]\nname = \"works\"\non = { stage = \"Production\" }\nfails-daily = 0.03\nrecovers-daily = 0.2\nwhile-down = \"refused\"\nsets-off = [{ disruption = \"road\", probability = 0.7, after-days = 2 }]\n[[disruption]]\nname = \"road\"\non = { route = \"base\" }\ndays = 9\nslows = 3\n[[disruption]]\nname = \"fire\"\non = { location = \"store\" }\nper-year = 4\ndays = 6\ndestroys = 0.5\n",
            ][seed as usize / 7 % 4];
            let two_routes = if crossing { route("air", &format!("expedite = {{ {expedite} }}\n")) } else { String::new() };
            format!(
                "\
                     name = \"random\"\n\
                     [horizon]\n\
                     start = 2026-01-15\n\
                     days = 60\n\
                     warmup-days = {warmup}\n\
                     [monte-carlo]\n\
                     replications = 6\n\
                     seed = {seed}\n\
                     [[product]]\n\
                     sku = \"x\"\n\
                     price = 30.37\n\
                     unit-cost = 7.113\n\
                     factory-capacity-per-day = 40\n\
                     {returns}\
                     [demand]\n\
                     {demand}\n\
                     {window}\
                     [customers]\n\
                     accept = {accept}\n\
                     patience = {patience}\n\
                     thirty-day-rule = {rule}\n\
                     on-cancel = \"{on_cancel}\"\n\
                     [planner]\n\
                     forecast = {forecast}\n\
                     [finance]\n\
                     {finance}\n\
                     {trouble}\
                     [[supply]]\n\
                     name = \"one\"\n\
                     [[supply.location]]\n\
                     name = \"store\"\n\
                     {share}policy = {{ {policy} }}\n\
                     restock-days = {restock}\n\
                     minimum-order = {minimum}\n\
                     order-multiple = {multiple}\n\
                     delivery = {{ days = 3, per-order = 4{parcels} }}\n\
                     {}{two_routes}{second}",
                route("base", "")
            )
        },
    )
}
