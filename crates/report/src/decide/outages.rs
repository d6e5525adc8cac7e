//! What empty shelves cost, by product and by day, and what a week's earlier reorder would have been worth.

use super::{estimate, window};
use crate::chart::{
    Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, LevelMark, LineMark, LinePanel, PointMark, XAxis,
    cell, cells, name, sentence,
};
use crate::format::{self, Digits};
use crate::sheet::{Column, Sheet, packed};
use crate::text::wrapped;
use crate::ties::{Told, rank, told};
use restock_base::stats::interval::Estimate;
use restock_decide::{Day, Outages, Short};
use restock_kernel::model::{Experiment, Scenario, Unit};
use serde_json::{Value, json};

/// Products that the terminal names.
const NAMED: usize = 5;

/// Panels in a row; four are two by two.
const COLUMNS: usize = 3;

/// Outages of all supply models, to be told.
pub(super) struct Costs<'a> {
    scenario: &'a Scenario,
    models: &'a [Outages],
}

impl<'a> Costs<'a> {
    pub fn new(scenario: &'a Scenario, models: &'a [Outages]) -> Self {
        Costs { scenario, models }
    }

    fn money(&self, e: &Estimate) -> String {
        Digits::of(e, Unit::MoneyOverWindow, &self.scenario.currency).plus_minus()
    }

    fn change(&self, e: &Estimate, unit: Unit) -> String {
        let digits = Digits::of(e, unit, &self.scenario.currency);
        let half = digits.half_width().map_or_else(String::new, |half| format!(" ± {half}"));
        format!("{}{half}", digits.change().0)
    }

    /// Nothing is lost, and no shelf is empty.
    fn is_nothing(&self) -> bool {
        self.models.iter().all(|m| m.all.days.value == 0.0 && m.all.lost.value == 0.0)
    }

    /// The finding: who loses how much.
    fn verdict(&self) -> String {
        let Some(most) = (0..self.models.len()).max_by(|a, b| self.lost(*a).total_cmp(&self.lost(*b)).then(b.cmp(a)))
        else {
            return "No supply model was asked for".into();
        };
        let of = |m: usize| name(&self.models[m].name);
        let short =
            |m: usize| Digits::of(&self.models[m].all.lost, Unit::MoneyOverWindow, &self.scenario.currency).value();
        let estimates: Vec<Option<Estimate>> = self.models.iter().map(|m| Some(m.all.lost)).collect();
        let apart = |a: usize, b: usize| Some(self.models[a].lost_more_than(&self.models[b]));
        let ranking = rank(&estimates, &apart, false, Unit::MoneyOverWindow);
        sentence(&match ranking {
            _ if self.is_nothing() => "no shelf is ever empty, and nobody is lost to the wait".to_owned(),
            _ if self.lost(most) == 0.0 => "shelves are empty now and then, and nobody is lost to the wait".to_owned(),
            _ if self.models.len() == 1 => format!("shoppers lost to the wait cost {} {}", of(0), short(0)),
            Some(ranking) if ranking.rest.is_empty() => {
                let [first, last] = [ranking.lead.first(), ranking.lead.last()].map(|m| m.copied().unwrap_or(0));
                format!("no supply model is shown to lose less to the wait: {} to {}", short(first), short(last))
            }
            Some(ranking) => {
                let least = ranking.lead[0];
                format!(
                    "shoppers lost to the wait cost {} {}, and {} {}",
                    of(most),
                    short(most),
                    of(least),
                    short(least)
                )
            }
            None => format!("shoppers lost to the wait cost {} {} in one replication", of(most), short(most)),
        })
    }

    fn lost(&self, model: usize) -> f64 {
        self.models[model].all.lost.value
    }

    /// Paragraphs and tables for the terminal.
    pub fn text(&self, width: u16) -> Vec<String> {
        let mut out = vec![wrapped(&format!("{}.", self.verdict()), width), self.sheet().render(width)];
        let note = "A unit is lost if its shopper does not accept the wait, or cancels while waiting; it is worth the contribution of an order served from stock. \
             A week's earlier reorder: every purchase order placed a week of demand ahead of the policy (seven `extra-stock-days`), paired with the model as it is.";
        out.push(wrapped(note, width));
        if self.scenario.products.len() > 1 {
            out.push(self.worst(width));
        }
        out
    }

    fn sheet(&self) -> Sheet {
        let several = if self.scenario.products.len() > 1 { ", all products" } else { "" };
        let mut sheet = Sheet::new(format!("Out of stock{several}"), self.models.iter().map(|m| m.name.as_str()));
        let currency = &self.scenario.currency;
        let units = |e: &Estimate| Digits::of(e, Unit::Units, currency).plus_minus();
        let mut row = |label: &str, of: &dyn Fn(&Short) -> String| {
            sheet.rows.push((label.to_owned(), self.models.iter().map(|m| of(&m.all)).collect()));
        };
        row("Days out of stock", &|s| units(&s.days));
        row("Share of days", &|s| Digits::of(&s.share, Unit::Share, currency).plus_minus());
        row("Units backordered", &|s| units(&s.backordered));
        row("Units walked away", &|s| units(&s.walked_away));
        row("Units cancelled while waiting", &|s| units(&s.cancelled));
        row("Contribution lost", &|s| self.money(&s.lost));
        row("Lost per day out of stock", &|s| s.lost_per_day.map_or_else(|| "-".into(), |e| self.money(&e)));
        let earlier = |s: &Short, of: &dyn Fn(&restock_decide::WeekEarlier) -> String| {
            s.earlier.as_ref().map_or_else(|| "cannot be".into(), of)
        };
        let money = |e: &Estimate| self.change(e, Unit::MoneyOverWindow);
        row("A week earlier: contribution", &|s| earlier(s, &|w| money(&w.contribution)));
        row("A week earlier: residual income", &|s| earlier(s, &|w| money(&w.residual_income)));
        row("A week earlier: capital", &|s| earlier(s, &|w| money(&w.capital)));
        row("A week earlier: days out of stock", &|s| earlier(s, &|w| self.change(&w.days, Unit::Units)));
        sheet
    }

    /// The products on which most is lost, in all supply models together.
    fn worst(&self, width: u16) -> String {
        let lost = |p: usize| self.models.iter().map(|m| m.products[p].lost.value).sum::<f64>();
        let mut order: Vec<usize> = (0..self.scenario.products.len()).collect();
        order.sort_by(|a, b| lost(*b).total_cmp(&lost(*a)));
        order.truncate(NAMED);
        let names: Vec<&str> = order.iter().map(|p| self.scenario.products[*p].sku.as_str()).collect();
        let column = |m: &Outages| Column {
            head: format!("lost, {}", m.name),
            cells: order.iter().map(|p| self.money(&m.products[*p].lost)).collect(),
        };
        packed("Product", &names, &self.models.iter().map(column).collect::<Vec<_>>(), width)
    }

    pub fn json(&self) -> Value {
        let short = |sku: Option<&str>, s: &Short| {
            let earlier = s.earlier.as_ref().map(|w| {
                json!({
                    "contribution": estimate(&w.contribution),
                    "residual_income": estimate(&w.residual_income),
                    "invested_capital": estimate(&w.capital),
                    "days_out_of_stock": estimate(&w.days),
                    "units_lost": estimate(&w.units),
                })
            });
            json!({
                "sku": sku,
                "days_out_of_stock": estimate(&s.days),
                "share_of_days": estimate(&s.share),
                "units_backordered": estimate(&s.backordered),
                "units_walked_away": estimate(&s.walked_away),
                "units_cancelled": estimate(&s.cancelled),
                "contribution_lost": estimate(&s.lost),
                "lost_per_day_out_of_stock": s.lost_per_day.as_ref().map(estimate),
                "a_week_earlier": earlier,
            })
        };
        let of = |m: &Outages| {
            let products = self.scenario.products.iter().zip(&m.products);
            json!({
                "model": m.name,
                "all_products": short(None, &m.all),
                "products": products.map(|(p, s)| short(Some(&p.sku), s)).collect::<Vec<_>>(),
            })
        };
        json!({ "verdict": self.verdict(), "models": self.models.iter().map(of).collect::<Vec<_>>() })
    }

    pub fn tables(&self) -> Vec<(String, Csv)> {
        vec![("out-of-stock.csv".into(), self.by_product()), ("out-of-stock-by-day.csv".into(), self.by_day())]
    }

    /// Each supply model with its rows: all products together, where there are several, and each of them.
    fn each(&self) -> impl Iterator<Item = (&Outages, &str, &Short)> {
        let several = self.scenario.products.len() > 1;
        self.models.iter().flat_map(move |m| {
            let all = several.then_some(("all products", &m.all)).into_iter();
            let products = self.scenario.products.iter().zip(&m.products).map(|(p, s)| (p.sku.as_str(), s));
            all.chain(products).map(move |(sku, s)| (m, sku, s))
        })
    }

    fn by_product(&self) -> Csv {
        let mut out = Csv::new(&[
            "sku",
            "model",
            "days_out_of_stock",
            "days_ci_low",
            "days_ci_high",
            "share_of_days",
            "units_backordered",
            "units_walked_away",
            "units_cancelled",
            "contribution_lost",
            "lost_ci_low",
            "lost_ci_high",
            "lost_per_day_out_of_stock",
            "per_day_ci_low",
            "per_day_ci_high",
            "week_earlier_contribution",
            "contribution_ci_low",
            "contribution_ci_high",
            "week_earlier_residual_income",
            "residual_income_ci_low",
            "residual_income_ci_high",
            "week_earlier_invested_capital",
            "week_earlier_days_out_of_stock",
            "week_earlier_units_lost",
        ]);
        for (m, sku, s) in self.each() {
            let mut row = vec![sku.to_owned(), m.name.clone()];
            let mut with_ends = |e: Option<&Estimate>| {
                row.push(e.map_or_else(String::new, |e| cell(e.value)));
                row.extend(cells(e.and_then(Estimate::interval)));
            };
            with_ends(Some(&s.days));
            row.extend([&s.share, &s.backordered, &s.walked_away, &s.cancelled].map(|e| cell(e.value)));
            let mut with_ends = |e: Option<&Estimate>| {
                row.push(e.map_or_else(String::new, |e| cell(e.value)));
                row.extend(cells(e.and_then(Estimate::interval)));
            };
            with_ends(Some(&s.lost));
            with_ends(s.lost_per_day.as_ref());
            with_ends(s.earlier.as_ref().map(|w| &w.contribution));
            with_ends(s.earlier.as_ref().map(|w| &w.residual_income));
            let others = s.earlier.as_ref().map(|w| [&w.capital, &w.days, &w.units].map(|e| cell(e.value)));
            row.extend(others.unwrap_or_default());
            out.push(row);
        }
        out
    }

    /// By day: all products together, and each of them where they are few enough for charts.
    fn by_day(&self) -> Csv {
        let mut out = Csv::new(&[
            "sku",
            "model",
            "date",
            "out_of_stock",
            "units_backordered",
            "units_walked_away",
            "units_cancelled",
            "contribution_lost",
        ]);
        let products = self.scenario.products.len();
        let start = self.scenario.horizon.start;
        let shown = |sku: &str| products <= Experiment::CHARTED_PRODUCTS || sku == "all products";
        for (m, sku, s) in self.each().filter(|(_, sku, _)| shown(sku)) {
            for (t, day) in s.by_day.iter().enumerate() {
                let Day { out_of_stock, backordered, walked_away, cancelled, lost } = *day;
                let head = [sku.to_owned(), m.name.clone(), start.plus(t as i32).to_string()];
                let figures = [out_of_stock, backordered, walked_away, cancelled, lost].map(cell);
                out.push(head.into_iter().chain(figures).collect());
            }
        }
        out
    }

    pub fn charts(&self) -> Vec<ChartSpec> {
        vec![self.lost_by_day(), self.a_week_earlier()]
    }

    fn lost_by_day(&self) -> ChartSpec {
        let currency = &self.scenario.currency;
        let start = self.scenario.horizon.start;
        let mut panels: Vec<LinePanel> = Vec::new();
        for (i, m) in self.models.iter().enumerate() {
            let days = &m.all.by_day;
            let format = Format::Money(currency.clone());
            let mut panel = LinePanel::new(&m.name, Colour::Model(i), XAxis::Dates(start), format);
            panel.lines.push(LineMark {
                points: days.iter().enumerate().map(|(t, d)| (t as f64, d.lost)).collect(),
                colour: Colour::Model(i),
                dashed: false,
                label: String::new(),
            });
            let whole = Digits::of(&m.all.lost, Unit::MoneyOverWindow, currency).value();
            let mean = m.all.lost.value / days.len().max(1) as f64;
            let label = format!("{} a day, {whole} in all", format::money(mean, currency));
            panel.levels.push(LevelMark { y: mean, colour: Colour::Ink, label });
            let worst = days.iter().enumerate().max_by(|a, b| a.1.lost.total_cmp(&b.1.lost).then(b.0.cmp(&a.0)));
            if let Some((t, day)) = worst.filter(|(_, d)| d.lost > 0.0) {
                let label = format!("{}, {}", format::money(day.lost, currency), format::date(start.plus(t as i32)));
                panel.points.push(PointMark { x: t as f64, y: day.lost, colour: Colour::Model(i), label });
            }
            panels.push(panel);
        }
        LinePanel::share_axis(&mut panels);
        let title = self.verdict();
        let several = if self.scenario.products.len() > 1 { "all products together; " } else { "" };
        let body = if self.models.iter().all(|m| m.all.lost.value == 0.0) {
            Body::Words("nobody is lost to the wait".into())
        } else {
            Body::Lines { columns: if panels.len() == 4 { 2 } else { panels.len().min(COLUMNS) }, panels }
        };
        ChartSpec {
            name: "lost-by-day".into(),
            alt: format!("Contribution lost by day, one panel a supply model. {title}."),
            title,
            subtitle: format!(
                "Contribution of the units demanded on each day that walk away, or cancel while they wait, mean of all replications; dashed: mean of days; dot: the worst day; {several}{}",
                window(self.scenario)
            ),
            footer: String::new(),
            legend: Vec::new(),
            body,
            data: self.by_day(),
        }
    }

    fn a_week_earlier(&self) -> ChartSpec {
        let currency = &self.scenario.currency;
        let panel = |title: &str, of: &dyn Fn(&restock_decide::WeekEarlier) -> Estimate| {
            let row = |(i, m): (usize, &Outages)| {
                let e = of(m.all.earlier.as_ref()?);
                Some(ForestRow {
                    label: m.name.clone(),
                    colour: Colour::Model(i),
                    value: e.value,
                    interval: e.interval(),
                    text: self.change(&e, Unit::MoneyOverWindow),
                })
            };
            let rows: Vec<ForestRow> = self.models.iter().enumerate().filter_map(row).collect();
            ForestPanel { title: title.into(), format: Format::Money(currency.clone()), rows }
        };
        let panels = vec![panel("Contribution", &|w| w.contribution), panel("Residual income", &|w| w.residual_income)];
        let title = self.worth_of_a_week();
        ChartSpec {
            name: "a-week-earlier".into(),
            alt: format!("Dots with intervals around zero, one a supply model. {title}."),
            title,
            subtitle: format!(
                "Change if every purchase order is placed a week of demand ahead of the policy, with the same shoppers and ships; {}",
                window(self.scenario)
            ),
            footer: "bars: 95 % confidence interval of the paired difference".into(),
            legend: Vec::new(),
            body: if panels[0].rows.is_empty() {
                Body::Words("nothing can be ordered a week earlier".into())
            } else {
                Body::Forest(panels)
            },
            data: self.by_product(),
        }
    }

    /// What a week's earlier reorder is worth to the supply model that it changes most.
    fn worth_of_a_week(&self) -> String {
        let worth = |m: &Outages| m.all.earlier.map(|w| w.residual_income);
        let each = self.models.iter().filter_map(|m| Some((name(&m.name), worth(m)?, m.all.lost)));
        let most = each.max_by(|a, b| a.1.value.abs().total_cmp(&b.1.value.abs()));
        let Some((of, by, _)) = most else { return "Nothing can be ordered a week earlier".into() };
        let figure = Digits::of(&by, Unit::MoneyOverWindow, &self.scenario.currency).write(by.value.abs());
        match told(&by, 0.0, 0.0, Unit::MoneyOverWindow) {
            Told::Apart if by.value > 0.0 => format!("A week's earlier reorder is worth {figure} to {of}"),
            Told::Apart => format!("A week's earlier reorder costs {of} {figure}"),
            Told::Same => "A week's earlier reorder changes nothing".into(),
            Told::NotShown | Told::Unknown => {
                format!("A week's earlier reorder is not shown to be worth anything to {of}")
            }
        }
    }
}
