//! `finance.xlsx`: the run for those who work in a spreadsheet. Numbers are typed, totals and differences are formulas,
//! charts are Excel's own. Text is written as text, whatever it begins with.

use super::{COMPARISON, Material, finding, finding_at_equal_service, health};
use crate::changeover::figures;
use crate::events::span;
use crate::moves::Moves;
use crate::{Finding, format, origin, products, remark, terms};
use restock_base::calendar::Day;
use restock_base::diag::Error;
use restock_base::stats::interval::{Estimate, p_value};
use restock_kernel::model::{Kpi, Unit};
use restock_kernel::sim::{Line, Series};
use restock_kernel::study::{Band, Measure, ProductOutcome, differences};
use rust_xlsxwriter::{
    Chart, ChartType, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

/// Parts of invested capital by day.
const PARTS: [(Series, &str); 7] = [
    (Series::DepositCapital, "Deposits"),
    (Series::InProductionCapital, "In production"),
    (Series::FinishedCapital, "Finished at factory"),
    (Series::InTransitCapital, "In transit"),
    (Series::PrepaidCapital, "Freight and duty prepaid"),
    (Series::CycleStockCapital, "Cycle stock"),
    (Series::SafetyStockOnHandCapital, "Safety stock on hand"),
];

/// Products that are listed, besides all together: a sheet has a million rows.
const LISTED: usize = 200;

fn listed<'a>(m: &Material<'a>) -> Vec<(Option<usize>, &'a ProductOutcome)> {
    let mut all = products(m.outcome);
    all.retain(|(index, _)| index.is_none_or(|i| i < LISTED));
    all
}

/// The workbook.
///
/// # Errors
///
/// A message, if the workbook cannot be written: more rows than a sheet has, say.
pub fn finance_xlsx(m: &Material<'_>) -> Result<Vec<u8>, Error> {
    build(m).map_err(Error::unmade)
}

fn build(m: &Material<'_>) -> Result<Vec<u8>, XlsxError> {
    let style = Style::new(&m.scenario.currency);
    let mut book = Workbook::new();
    // A fixed date: the same run gives the same bytes.
    let properties = DocProperties::new()
        .set_title(&m.scenario.name)
        .set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?)
        .set_comment(format!("Restock {}", env!("CARGO_PKG_VERSION")));
    book.set_properties(&properties);
    summary(book.add_worksheet(), m, &style)?;
    if m.outcome.daily_replications() > 0 {
        capital_by_month(book.add_worksheet(), m, &style)?;
        cash_by_week(book.add_worksheet(), m, &style)?;
    }
    landed_cost(book.add_worksheet(), m, &style)?;
    paired_differences(book.add_worksheet(), m, &style)?;
    if m.outcome.products.iter().any(|p| !p.windows.is_empty()) {
        events(book.add_worksheet(), m, &style)?;
    }
    if m.outcome.products.iter().any(|p| !p.changes.is_empty()) {
        changeovers(book.add_worksheet(), m, &style)?;
    }
    if m.outcome.products.iter().flat_map(|p| &p.models).any(|o| !o.places.is_empty()) {
        locations(book.add_worksheet(), m, &style)?;
    }
    if !m.scenario.markets.is_empty() {
        markets(book.add_worksheet(), m, &style)?;
    }
    if let Some(list) = crate::moves::moves(m.scenario, m.outcome) {
        moves(book.add_worksheet(), m, &list, &style)?;
    }
    if !m.outcome.flips.is_empty() {
        break_evens(book.add_worksheet(), m, &style)?;
    }
    if !m.health.is_empty() {
        data_health(book.add_worksheet(), m, &style)?;
    }
    assumptions(book.add_worksheet(), m, &style)?;
    dictionary(book.add_worksheet(), m, &style)?;
    book.save_to_buffer()
}

/// Formats of cells.
struct Style {
    title: Format,
    text: Format,
    wrapped: Format,
    header: Format,
    group: Format,
    money: Format,
    cents: Format,
    share: Format,
    chance: Format,
    days: Format,
    number: Format,
    count: Format,
    date: Format,
    total: Format,
    total_text: Format,
}

impl Style {
    fn new(currency: &str) -> Self {
        let money = |digits: &str| match format::symbol(currency) {
            "" => format!("{digits} \"{currency}\";-{digits} \"{currency}\""),
            symbol => format!("\"{symbol}\"{digits};-\"{symbol}\"{digits}"),
        };
        let of = |number: &str| Format::new().set_num_format(number).set_align(FormatAlign::Top);
        let bold = || Format::new().set_bold().set_align(FormatAlign::Top);
        Style {
            title: bold().set_font_size(15),
            text: Format::new().set_align(FormatAlign::Top),
            wrapped: Format::new().set_align(FormatAlign::Top).set_text_wrap(),
            header: bold().set_border_bottom(FormatBorder::Medium).set_text_wrap(),
            group: bold(),
            money: of(&money("#,##0")),
            cents: of(&money("#,##0.00")),
            share: of("0.0%"),
            chance: of("0.0000"),
            days: of("0.0"),
            number: of("#,##0.00"),
            count: of("#,##0"),
            date: of("d mmm yyyy"),
            total: of(&money("#,##0")).set_bold().set_border_top(FormatBorder::Thin),
            total_text: bold().set_border_top(FormatBorder::Thin),
        }
    }

    fn of(&self, unit: Unit) -> &Format {
        match unit {
            Unit::Share => &self.share,
            Unit::Money | Unit::MoneyOverWindow | Unit::MoneyDays => &self.money,
            Unit::MoneyPerOrder => &self.cents,
            Unit::Days => &self.days,
            Unit::Units
            | Unit::UnitDays
            | Unit::Orders
            | Unit::CustomerOrders
            | Unit::Parcels
            | Unit::Containers
            | Unit::PerYear => &self.number,
        }
    }
}

fn named(sheet: &mut Worksheet, name: &str, header_row: u32, columns: u16) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(header_row + 1, columns)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn header(sheet: &mut Worksheet, row: u32, names: &[String], style: &Style) -> Result<(), XlsxError> {
    for (column, name) in names.iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, name, &style.header)?;
    }
    sheet.set_row_height(row, 46)?;
    Ok(())
}

/// A formula with the value it has now, for readers that do not calculate.
fn formula(sheet: &mut Worksheet, at: (u32, u16), text: &str, value: f64, format: &Format) -> Result<(), XlsxError> {
    sheet.write_formula_with_format(at.0, at.1, Formula::new(text).set_result(value.to_string()), format)?;
    Ok(())
}

/// `C7` of row 6, column 2.
fn at(row: u32, column: u16) -> String {
    rust_xlsxwriter::utility::row_col_to_cell(row, column)
}

fn summary(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    let models = &m.outcome.models;
    named(sheet, "Summary", 5, 3)?;
    sheet.write_string_with_format(0, 0, &m.scenario.name, &style.title)?;
    let verdict = Finding::of(m.scenario, m.outcome).map(|f| f.sentence);
    let findings = [verdict, Some(finding(m)), finding_at_equal_service(m)];
    for (row, text) in (1..).zip(findings.into_iter().flatten()) {
        sheet.write_string_with_format(row, 0, text, &style.text)?;
    }
    let h = &m.scenario.horizon;
    let made = [origin::run(m.scenario), origin::overridden(m.scenario).map(|o| format!("with {o}"))];
    let made: String = made.into_iter().flatten().map(|text| format!(", {text}")).collect();
    let run = format!(
        "{} to {}, {} replications, seed {}{made}. Low and high: ends of the 95 % confidence interval. Differences are formulas against {}.",
        format::date(h.start),
        format::date(h.start.plus(h.days as i32 - 1)),
        format::count(f64::from(m.outcome.replications)),
        m.outcome.seed,
        models.first().map_or("", String::as_str)
    );
    let rest = m.outcome.products.len().saturating_sub(LISTED);
    let run = if rest > 0 { format!("{run} {rest} further products are in kpis.csv.") } else { run };
    let no_days =
        "Capital by month and cash by week need days, which were not kept: set `monte-carlo.daily-replications`.";
    let run = if m.outcome.daily_replications() > 0 { run } else { format!("{run} {no_days}") };
    sheet.write_string_with_format(4, 0, run, &style.text)?;
    let mut names: Vec<String> = ["Product", "Terms", "Measure", "Unit"].map(String::from).to_vec();
    for model in models {
        names.extend([model.clone(), "low".into(), "high".into()]);
    }
    names.extend(models.iter().skip(1).map(|model| format!("{model} less {}", models[0])));
    header(sheet, 5, &names, style)?;
    let mut row = 6;
    let measures = || COMPARISON.iter().flat_map(|(_, kpis)| kpis.iter().copied());
    for (index, product) in listed(m) {
        for kpi in measures() {
            let own: Vec<Option<Estimate>> = product.models.iter().map(|o| o.estimate(kpi)).collect();
            let rough = remark(&product.models, kpi).map_or(String::new(), |why| format!(" (rough interval: {why})"));
            let label = format!("{}{rough}", kpi.label());
            measure(sheet, &mut row, (&product.sku, "own policies", &label), kpi, &own, m, style)?;
        }
        let Some(equal) = &m.outcome.equal else { continue };
        for block in terms::blocks(equal, index, &m.scenario.currency) {
            for r in &block.rows {
                if let Some(kpi) = r.kpi {
                    measure(sheet, &mut row, (&product.sku, &block.title, &r.label), kpi, &r.estimates, m, style)?;
                }
            }
        }
    }
    sheet.autofilter(5, 0, row - 1, names.len() as u16 - 1)?;
    for (column, width) in [(0, 18.0), (1, 16.0), (2, 36.0), (3, 22.0)] {
        sheet.set_column_width(column, width)?;
    }
    for column in 4..names.len() as u16 {
        sheet.set_column_width(column, 15)?;
    }
    Ok(())
}

/// One row of the summary: estimates, intervals, differences as formulas.
fn measure(
    sheet: &mut Worksheet,
    row: &mut u32,
    (product, terms, label): (&str, &str, &str),
    kpi: Kpi,
    cells: &[Option<Estimate>],
    m: &Material<'_>,
    style: &Style,
) -> Result<(), XlsxError> {
    if cells.iter().all(Option::is_none) {
        return Ok(());
    }
    sheet.write_string_with_format(*row, 0, product, &style.text)?;
    sheet.write_string_with_format(*row, 1, terms, &style.text)?;
    sheet.write_string_with_format(*row, 2, label, &style.text)?;
    sheet.write_string_with_format(*row, 3, kpi.unit().name(&m.scenario.currency), &style.text)?;
    let format = style.of(kpi.unit());
    for (i, e) in cells.iter().enumerate() {
        let Some(e) = e else { continue };
        with_interval(sheet, (*row, 4 + 3 * i as u16), e, format)?;
    }
    for (i, e) in cells.iter().enumerate().skip(1) {
        if let (Some(first), Some(e)) = (&cells[0], e) {
            let text = format!("={}-{}", at(*row, 4 + 3 * i as u16), at(*row, 4));
            let column = 4 + 3 * cells.len() as u16 + i as u16 - 1;
            formula(sheet, (*row, column), &text, e.value - first.value, format)?;
        }
    }
    *row += 1;
    Ok(())
}

/// A header row of these names, filters below it and widths, on a sheet whose rows end before `end`.
fn long_table(sheet: &mut Worksheet, widths: &[f64], end: u32) -> Result<(), XlsxError> {
    sheet.autofilter(2, 0, end.max(4) - 1, widths.len() as u16 - 1)?;
    for (column, width) in widths.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    Ok(())
}

/// Estimate and ends of its interval in three cells.
fn with_interval(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    e: &Estimate,
    format: &Format,
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, e.value, format)?;
    if let Some((low, high)) = e.interval() {
        sheet.write_number_with_format(row, column + 1, low, format)?;
        sheet.write_number_with_format(row, column + 2, high, format)?;
    }
    Ok(())
}

/// The windows of dated events, one row a product, event, model and measure.
fn events(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Events", 2, 3)?;
    sheet.write_string_with_format(0, 0, "Dated events, each over the days on which it can be felt", &style.title)?;
    let names = "Product|Event|Kind|From|To|Felt from|Felt to|Model|Measure|Unit|Estimate|low|high";
    header(sheet, 2, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    let mut row = 3;
    for product in m.outcome.products.iter().take(LISTED) {
        for (i, window) in product.windows.iter().enumerate() {
            let [felt, until] = span(m.scenario, window);
            for (o, measure) in product.models.iter().flat_map(|o| Measure::ALL.map(|measure| (o, measure))) {
                let Some(estimate) = o.windows[i].estimate(measure) else { continue };
                let texts = [
                    (0, product.sku.as_str()),
                    (1, &window.name),
                    (2, window.kind.name()),
                    (7, &o.name),
                    (8, measure.label()),
                    (9, &measure.unit().name(&m.scenario.currency)),
                ];
                for (column, text) in texts {
                    sheet.write_string_with_format(row, column, text, &style.text)?;
                }
                for (column, day) in [(3, window.first), (4, window.last), (5, felt), (6, until)] {
                    sheet.write_datetime_with_format(row, column, date(day)?, &style.date)?;
                }
                with_interval(sheet, (row, 10), &estimate, style.of(measure.unit()))?;
                row += 1;
            }
        }
    }
    long_table(sheet, &[18.0, 28.0, 12.0, 13.0, 13.0, 13.0, 13.0, 28.0, 26.0, 14.0, 14.0, 14.0, 14.0], row)
}

/// Capital and cash around the dates on which supply models change, one row a figure.
fn changeovers(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Changeover", 2, 3)?;
    let title =
        "Changes of supply: every seventh evening from the one before the change on, and what became of the old stock";
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let names = "Product|Change|Model|Against|Week|Evening|Measure|Unit|Estimate|low|high";
    header(sheet, 2, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    let mut row = 3;
    for product in m.outcome.products.iter().take(LISTED) {
        for (c, change) in product.changes.iter().enumerate() {
            for f in figures(m.scenario, product, c) {
                let against = f.against.map_or("", |a| product.models[a].name.as_str());
                let texts = [
                    (0, product.sku.as_str()),
                    (2, product.models[f.model].name.as_str()),
                    (3, against),
                    (6, f.measure.name()),
                    (7, &f.measure.unit().name(&m.scenario.currency)),
                ];
                for (column, text) in texts {
                    sheet.write_string_with_format(row, column, text, &style.text)?;
                }
                sheet.write_datetime_with_format(row, 1, date(change.on)?, &style.date)?;
                if let Some((week, evening)) = f.evening {
                    sheet.write_number_with_format(row, 4, week as f64, &style.count)?;
                    sheet.write_datetime_with_format(row, 5, date(evening)?, &style.date)?;
                }
                with_interval(sheet, (row, 8), &f.estimate, style.of(f.measure.unit()))?;
                row += 1;
            }
        }
    }
    long_table(sheet, &[18.0, 13.0, 28.0, 28.0, 8.0, 13.0, 40.0, 12.0, 14.0, 14.0, 14.0], row)
}

/// Every figure of every location, where some supply others, one row a figure.
fn locations(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Locations", 2, 3)?;
    let title = "Locations that supply one another: each one's own shoppers, and what other locations order from it";
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let names = "Product|Model|Location|Figure|Unit|Estimate|low|high";
    header(sheet, 2, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    let mut row = 3;
    for product in m.outcome.products.iter().take(LISTED) {
        for f in crate::places::figures(m.scenario, product) {
            let unit = f.measure.unit().name(&m.scenario.currency);
            let texts = [&product.sku, &m.outcome.models[f.model], f.location, f.measure.label(), &unit];
            for (column, text) in texts.into_iter().enumerate() {
                sheet.write_string_with_format(row, column as u16, text, &style.text)?;
            }
            with_interval(sheet, (row, 5), &f.estimate, style.of(f.measure.unit()))?;
            row += 1;
        }
    }
    long_table(sheet, &[18.0, 28.0, 28.0, 32.0, 12.0, 14.0, 14.0, 14.0], row)
}

/// Every figure of every market, one row a figure.
fn markets(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Markets", 2, 4)?;
    let title = "Figures of markets: expected shares of the product's, with the product's intervals";
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let names = "Product|Market|Model|Less that of|Figure|Unit|Estimate|low|high";
    header(sheet, 2, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    let mut row = 3;
    for (index, product) in crate::products(m.outcome) {
        for f in crate::markets::figures(m.scenario, m.outcome, index) {
            let against = f.against.map_or("", |a| m.outcome.models[a].as_str());
            let texts = [
                product.sku.as_str(),
                &m.scenario.markets[f.market].name,
                &m.outcome.models[f.model],
                against,
                f.measure.label(),
                &f.measure.unit().name(&m.scenario.currency),
            ];
            for (column, text) in texts.into_iter().enumerate() {
                sheet.write_string_with_format(row, column as u16, text, &style.text)?;
            }
            with_interval(sheet, (row, 6), &f.estimate, style.of(f.measure.unit()))?;
            row += 1;
        }
    }
    long_table(sheet, &[18.0, 24.0, 28.0, 28.0, 28.0, 18.0, 14.0, 14.0, 14.0], row)
}

/// Which products to move, best first, one row a product. What is moved so far is a formula.
fn moves(sheet: &mut Worksheet, m: &Material<'_>, list: &Moves, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Moves", 2, 3)?;
    let finding = crate::moves::finding(m.outcome, list, &m.scenario.currency);
    sheet.write_string_with_format(0, 0, &finding, &style.title)?;
    sheet.write_string_with_format(1, 0, crate::moves::note(list), &style.text)?;
    let names = "Product|Category|Class|From|To|Verdict|Earns more|all hold: low|high|P|Contribution|low|high|Frees capital|low|high|Earned so far|Freed so far";
    header(sheet, 3, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    for (row, entry) in (4..).zip(&list.rows) {
        let (product, deal) = (&m.scenario.products[entry.product], entry.best());
        let class = format!("{}{}", entry.class.0, entry.class.1);
        let texts = [
            product.sku.as_str(),
            product.category.as_deref().unwrap_or_default(),
            &class,
            &m.outcome.models[0],
            &m.outcome.models[deal.to],
            entry.verdict.name(),
        ];
        for (column, text) in texts.into_iter().enumerate() {
            sheet.write_string_with_format(row, column as u16, text, &style.text)?;
        }
        with_interval(sheet, (row, 6), &deal.gain, &style.money)?;
        if let Some(p) = deal.better {
            sheet.write_number_with_format(row, 9, p, &style.chance)?;
        }
        with_interval(sheet, (row, 10), &deal.samples.contribution.estimate(), &style.money)?;
        with_interval(sheet, (row, 13), &deal.samples.freed.estimate(), &style.money)?;
        for (column, of, known) in [(16, 6, entry.so_far.gain.value), (17, 13, entry.so_far.freed.value)] {
            let sum = format!("=SUM({}:{})", at(4, of), at(row, of));
            formula(sheet, (row, column), &sum, known, &style.money)?;
        }
    }
    let widths =
        [22.0, 16.0, 7.0, 26.0, 26.0, 16.0, 13.0, 13.0, 13.0, 8.0, 13.0, 13.0, 13.0, 13.0, 13.0, 13.0, 14.0, 14.0];
    for (column, width) in widths.into_iter().enumerate() {
        sheet.set_column_width(column as u16, width)?;
    }
    Ok(())
}

/// What would flip the comparison of each model with the first, one row a figure. What is still to go is a formula.
fn break_evens(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Break-evens", 2, 3)?;
    let title = "The value of one figure, all else alike, at which a model earns what the first earns";
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let names = "Model|Compared with|Figure|Unit|Now|Break-even|low|high|Still to go|Range from|Range to|Ranges away";
    header(sheet, 2, &names.split('|').map(String::from).collect::<Vec<_>>(), style)?;
    let mut row = 3;
    for f in &m.outcome.flips {
        let begins = |sheet: &mut Worksheet, row, figure: &str, unit: Unit| -> Result<(), XlsxError> {
            let unit = unit.name(&m.scenario.currency);
            for (column, text) in [f.model.as_str(), &f.compared_with, figure, &unit].into_iter().enumerate() {
                sheet.write_string_with_format(row, column as u16, text, &style.text)?;
            }
            Ok(())
        };
        for flip in &f.flips {
            let format = style.of(flip.lever.unit());
            begins(sheet, row, flip.lever.label(), flip.lever.unit())?;
            sheet.write_number_with_format(row, 4, flip.now, format)?;
            with_interval(sheet, (row, 5), &flip.at, format)?;
            let still = format!("={}-{}", at(row, 5), at(row, 4));
            formula(sheet, (row, 8), &still, flip.at.value - flip.now, format)?;
            sheet.write_number_with_format(row, 9, flip.range.0, format)?;
            sheet.write_number_with_format(row, 10, flip.range.1, format)?;
            sheet.write_number_with_format(row, 11, flip.distance, &style.days)?;
            row += 1;
        }
        for lever in &f.never {
            begins(sheet, row, lever.label(), lever.unit())?;
            sheet.write_string_with_format(row, 5, "at no value", &style.text)?;
            row += 1;
        }
    }
    long_table(sheet, &[28.0, 28.0, 28.0, 14.0, 12.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0], row)
}

/// Measured days of each calendar month, as (first day of the month in the window, range of days).
fn months(m: &Material<'_>) -> Vec<(Day, std::ops::Range<usize>)> {
    let h = &m.scenario.horizon;
    let mut out: Vec<(Day, std::ops::Range<usize>)> = Vec::new();
    for t in 0..h.days as usize {
        let day = h.start.plus(t as i32);
        match out.last_mut() {
            Some((first, range)) if first.month() == day.month() && range.len() < 31 => range.end = t + 1,
            _ => out.push((day, t..t + 1)),
        }
    }
    out
}

fn date(day: Day) -> Result<ExcelDateTime, XlsxError> {
    let d = day.date();
    ExcelDateTime::from_ymd(d.year().max(1900) as u16, d.month() as u8, d.day() as u8)
}

/// Charts over time on a sheet at most: one a product and model.
const CHARTS_OVER_TIME: u32 = 12;

/// Product, model and date: the first cells of a month or a week.
fn time_row_begins(
    sheet: &mut Worksheet,
    row: u32,
    (product, model, day): (&str, &str, Day),
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(row, 0, product, &style.text)?;
    sheet.write_string_with_format(row, 1, model, &style.text)?;
    sheet.write_datetime_with_format(row, 2, date(day)?, &style.date)?;
    Ok(())
}

/// A title as text: an exclamation mark would make it a reference to cells, so that a wide one stands for it.
fn chart_title(text: &str) -> String {
    text.replace('!', "\u{ff01}")
}

/// Puts a chart with dates below the earlier ones.
fn insert_over_time(sheet: &mut Worksheet, charts: &mut u32, column: u16, chart: &mut Chart) -> Result<(), XlsxError> {
    chart.x_axis().set_num_format("mmm yy");
    chart.set_width(760).set_height(340);
    sheet.insert_chart(3 + *charts * 18, column, chart)?;
    *charts += 1;
    Ok(())
}

/// Filters and widths of a table of months or weeks that ends before `row`.
fn time_table_ends(sheet: &mut Worksheet, row: u32, columns: u16) -> Result<(), XlsxError> {
    sheet.autofilter(2, 0, row.max(4) - 1, columns - 1)?;
    sheet.set_column_width(0, 18)?;
    sheet.set_column_width(1, 28)?;
    for column in 2..columns {
        sheet.set_column_width(column, 14)?;
    }
    Ok(())
}

fn mean(bands: &[Band], range: &std::ops::Range<usize>) -> f64 {
    bands[range.clone()].iter().map(|b| b.mean).sum::<f64>() / range.len() as f64
}

fn capital_by_month(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Capital by month", 2, 3)?;
    sheet.write_string_with_format(0, 0, "Invested capital by month and part, mean of days", &style.title)?;
    let mut names: Vec<String> = ["Product", "Model", "Month from"].map(String::from).to_vec();
    names.extend(PARTS.iter().map(|(_, name)| (*name).to_owned()));
    names.extend(
        ["Invested capital", "Payables", "Customer prepayments", "Net capital", "Unpaid on order"].map(String::from),
    );
    header(sheet, 2, &names, style)?;
    let (first_part, total) = (3_u16, 3 + PARTS.len() as u16);
    let months = months(m);
    let mut row = 3;
    let mut charts = 0;
    for product in m.outcome.products.iter().take(LISTED) {
        for o in &product.models {
            let begun = row;
            for (day, range) in &months {
                time_row_begins(sheet, row, (&product.sku, &o.name, *day), style)?;
                let of = |s: Series| mean(o.bands.series(s), range);
                let parts = PARTS.map(|(s, _)| of(s));
                for (k, value) in parts.iter().enumerate() {
                    sheet.write_number_with_format(row, first_part + k as u16, *value, &style.money)?;
                }
                let invested: f64 = parts.iter().sum();
                let sum = format!("=SUM({}:{})", at(row, first_part), at(row, total - 1));
                formula(sheet, (row, total), &sum, invested, &style.total)?;
                let (payables, prepaid) = (of(Series::Payables), of(Series::CustomerPrepayments));
                sheet.write_number_with_format(row, total + 1, payables, &style.money)?;
                sheet.write_number_with_format(row, total + 2, prepaid, &style.money)?;
                let net = format!("={}-{}-{}", at(row, total), at(row, total + 1), at(row, total + 2));
                formula(sheet, (row, total + 3), &net, invested - payables - prepaid, &style.total)?;
                sheet.write_number_with_format(row, total + 4, of(Series::UnpaidOnOrder), &style.money)?;
                row += 1;
            }
            if charts < CHARTS_OVER_TIME && row > begun {
                let mut chart = Chart::new(ChartType::ColumnStacked);
                for k in 0..PARTS.len() as u16 {
                    chart
                        .add_series()
                        .set_name(("Capital by month", 2, first_part + k))
                        .set_categories(("Capital by month", begun, 2, row - 1, 2))
                        .set_values(("Capital by month", begun, first_part + k, row - 1, first_part + k));
                }
                chart.title().set_name(&chart_title(&format!("Capital: {}, {}", product.sku, o.name)));
                insert_over_time(sheet, &mut charts, total + 6, &mut chart)?;
            }
        }
    }
    time_table_ends(sheet, row, names.len() as u16)
}

fn cash_by_week(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Cash by week", 2, 3)?;
    sheet.write_string_with_format(0, 0, "Cash flow by week and line, mean of replications", &style.title)?;
    let mut names: Vec<String> = ["Product", "Model", "Week from"].map(String::from).to_vec();
    names.extend(Line::ALL.iter().map(|l| l.label().to_owned()));
    names.extend(["Net cash flow", "Cash since the start"].map(String::from));
    header(sheet, 2, &names, style)?;
    let (first_line, net) = (3_u16, 3 + Line::COUNT as u16);
    let mut row = 3;
    let mut charts = 0;
    for product in m.outcome.products.iter().take(LISTED) {
        for o in &product.models {
            let begun = row;
            let mut cash = 0.0;
            for (week, days) in o.bands.flows().chunks(7).enumerate() {
                let day = m.scenario.horizon.start.plus(7 * week as i32);
                time_row_begins(sheet, row, (&product.sku, &o.name, day), style)?;
                let mut sum = 0.0;
                for line in 0..Line::COUNT {
                    let flow: f64 = days.iter().map(|d| d[line]).sum();
                    sum += flow;
                    sheet.write_number_with_format(row, first_line + line as u16, flow, &style.money)?;
                }
                cash += sum;
                let text = format!("=SUM({}:{})", at(row, first_line), at(row, net - 1));
                formula(sheet, (row, net), &text, sum, &style.total)?;
                let text = if row == begun {
                    format!("={}", at(row, net))
                } else {
                    format!("={}+{}", at(row - 1, net + 1), at(row, net))
                };
                formula(sheet, (row, net + 1), &text, cash, &style.total)?;
                row += 1;
            }
            if charts < CHARTS_OVER_TIME && row > begun {
                let mut chart = Chart::new(ChartType::Line);
                chart
                    .add_series()
                    .set_name(("Cash by week", 2, net + 1))
                    .set_categories(("Cash by week", begun, 2, row - 1, 2))
                    .set_values(("Cash by week", begun, net + 1, row - 1, net + 1));
                chart.title().set_name(&chart_title(&format!("Cash: {}, {}", product.sku, o.name)));
                chart.legend().set_hidden();
                insert_over_time(sheet, &mut charts, net + 3, &mut chart)?;
            }
        }
    }
    time_table_ends(sheet, row, names.len() as u16)
}

fn landed_cost(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    let models = &m.outcome.models;
    named(sheet, "Landed cost", 2, 2)?;
    sheet.write_string_with_format(
        0,
        0,
        "Cost of a shipped order, line by line: landed on the shelf, then to serve",
        &style.title,
    )?;
    let mut names: Vec<String> = ["Product", "Line"].map(String::from).to_vec();
    names.extend(models.iter().cloned());
    names.extend(models.iter().skip(1).map(|model| format!("{model} less {}", models[0])));
    header(sheet, 2, &names, style)?;
    let differences = 2 + models.len() as u16;
    let mut row = 3;
    let mut charts = 0;
    for (_, product) in listed(m) {
        let begun = row;
        let mut totals = vec![0.0; models.len()];
        for kpi in Kpi::COST_LINES {
            sheet.write_string_with_format(row, 0, &product.sku, &style.text)?;
            sheet.write_string_with_format(row, 1, kpi.label(), &style.text)?;
            let values: Vec<Option<f64>> = product.models.iter().map(|o| o.estimate(kpi).map(|e| e.value)).collect();
            for (i, value) in values.iter().enumerate() {
                if let Some(v) = value {
                    totals[i] += v;
                    sheet.write_number_with_format(row, 2 + i as u16, *v, &style.cents)?;
                }
            }
            for i in 1..models.len() {
                if let (Some(first), Some(v)) = (values[0], values[i]) {
                    let text = format!("={}-{}", at(row, 2 + i as u16), at(row, 2));
                    formula(sheet, (row, differences + i as u16 - 1), &text, v - first, &style.cents)?;
                }
            }
            row += 1;
        }
        sheet.write_string_with_format(row, 0, &product.sku, &style.total_text)?;
        sheet.write_string_with_format(row, 1, Kpi::CostOfOrder.label(), &style.total_text)?;
        let total = style.cents.clone().set_bold().set_border_top(FormatBorder::Thin);
        let sums = (0..models.len()).map(|i| (2 + i as u16, totals[i]));
        let gaps = (1..models.len()).map(|i| (differences + i as u16 - 1, totals[i] - totals[0]));
        for (column, value) in sums.chain(gaps) {
            let text = format!("=SUM({}:{})", at(begun, column), at(row - 1, column));
            formula(sheet, (row, column), &text, value, &total)?;
        }
        if charts < 6 {
            let mut chart = Chart::new(ChartType::BarStacked);
            for line in begun..row {
                chart
                    .add_series()
                    .set_name(("Landed cost", line, 1))
                    .set_categories(("Landed cost", 2, 2, 2, differences - 1))
                    .set_values(("Landed cost", line, 2, line, differences - 1));
            }
            chart.title().set_name(&chart_title(&format!("Cost of an order: {}", product.sku)));
            chart.set_width(900).set_height(120 + 60 * models.len() as u32 + 160);
            sheet.insert_chart(3 + charts * 24, names.len() as u16 + 1, &chart)?;
            charts += 1;
        }
        row += 2;
    }
    sheet.set_column_width(0, 18)?;
    sheet.set_column_width(1, 30)?;
    for column in 2..names.len() as u16 {
        sheet.set_column_width(column, 18)?;
    }
    Ok(())
}

fn paired_differences(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Paired differences", 2, 4)?;
    sheet.write_string_with_format(0, 0, "Differences between supply models on the same replications", &style.title)?;
    let names = [
        "Product",
        "From",
        "To",
        "Measure",
        "Unit",
        "To less from",
        "Low",
        "High",
        "P(to is better)",
        "p-value of no difference",
    ];
    header(sheet, 2, &names.map(String::from), style)?;
    let mut row = 3;
    for (_, product) in listed(m) {
        for d in differences(product) {
            let texts = [
                product.sku.as_str(),
                &product.models[d.from].name,
                &product.models[d.to].name,
                d.kpi.label(),
                &d.kpi.unit().name(&m.scenario.currency),
            ];
            for (column, text) in texts.iter().enumerate() {
                sheet.write_string_with_format(row, column as u16, *text, &style.text)?;
            }
            let format = style.of(d.kpi.unit());
            sheet.write_number_with_format(row, 5, d.estimate.value, format)?;
            if let Some((low, high)) = d.estimate.interval() {
                sheet.write_number_with_format(row, 6, low, format)?;
                sheet.write_number_with_format(row, 7, high, format)?;
            }
            if let Some(p) = d.to_is_better {
                sheet.write_number_with_format(row, 8, p, &style.share)?;
            }
            if let Some(p) = p_value(&d.estimate) {
                sheet.write_number_with_format(row, 9, p, &style.chance)?;
            }
            row += 1;
        }
    }
    sheet.autofilter(2, 0, row.max(4) - 1, names.len() as u16 - 1)?;
    for (column, width) in [(0, 18.0), (1, 26.0), (2, 26.0), (3, 36.0), (4, 22.0)] {
        sheet.set_column_width(column, width)?;
    }
    for column in 5..10 {
        sheet.set_column_width(column, 14)?;
    }
    Ok(())
}

/// How sales files were read, and what was found in them.
fn data_health(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Data health", 2, 2)?;
    let title = "How sales files were read, and what was left out, changed, or is to be checked";
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let names: Vec<String> = std::iter::once("File").chain(health::COLUMNS).map(String::from).collect();
    header(sheet, 2, &names, style)?;
    let mut row = 3;
    for file in m.health {
        for (what, text) in &file.reading {
            let cells = [file.file.as_str(), what.to_lowercase().as_str(), text].map(str::to_owned);
            for (column, text) in cells.iter().enumerate() {
                sheet.write_string_with_format(row, column as u16, text, &style.wrapped)?;
            }
            row += 1;
        }
        for finding in &file.findings {
            let (done, what, rows, count, remedy) = health::cells(finding);
            for (column, text) in [(0, file.file.as_str()), (1, done), (2, what), (3, &rows), (5, remedy)] {
                sheet.write_string_with_format(row, column, text, &style.wrapped)?;
            }
            if let Some(count) = count {
                sheet.write_number_with_format(row, 4, count as f64, &style.count)?;
            }
            row += 1;
        }
    }
    sheet.autofilter(2, 0, row - 1, names.len() as u16 - 1)?;
    for (column, width) in [(0, 24.0), (1, 16.0), (2, 60.0), (3, 30.0), (4, 10.0), (5, 50.0)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

fn assumptions(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Assumptions", 2, 2)?;
    sheet.write_string_with_format(
        0,
        0,
        "Defaults that bear on this run; H official, M trade press, L vendor, K general knowledge, X judgement",
        &style.title,
    )?;
    let names = ["Table", "Key", "Default", "This run", "What", "Source", "Date", "Confidence"];
    header(sheet, 2, &names.map(String::from), style)?;
    for (i, a) in m.assumptions.iter().enumerate() {
        let given = a.given.as_deref().unwrap_or("default");
        let cells = [&a.section, &a.key, &a.value, given, &a.what, &a.source, &a.date, &a.confidence];
        for (column, text) in cells.into_iter().enumerate() {
            sheet.write_string_with_format(3 + i as u32, column as u16, text, &style.wrapped)?;
        }
    }
    sheet.autofilter(2, 0, 3 + (m.assumptions.len() as u32).max(1) - 1, 7)?;
    for (column, width) in [(0, 24.0), (1, 26.0), (2, 34.0), (3, 26.0), (4, 50.0), (5, 40.0), (6, 10.0), (7, 11.0)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

fn dictionary(sheet: &mut Worksheet, m: &Material<'_>, style: &Style) -> Result<(), XlsxError> {
    named(sheet, "Data dictionary", 2, 1)?;
    sheet.write_string_with_format(0, 0, "What every name means", &style.title)?;
    let names = ["Name in files", "Name", "Kind", "Unit", "Counted over", "Better"];
    header(sheet, 2, &names.map(String::from), style)?;
    let currency = &m.scenario.currency;
    let mut row = 3;
    let mut put = |cells: [&str; 6]| -> Result<(), XlsxError> {
        for (column, text) in cells.into_iter().enumerate() {
            sheet.write_string_with_format(row, column as u16, text, &style.text)?;
        }
        row += 1;
        Ok(())
    };
    for kpi in Kpi::ALL {
        let better = match kpi.better() {
            restock_kernel::model::Better::Lower => "lower",
            restock_kernel::model::Better::Higher => "higher",
            restock_kernel::model::Better::Neither => "",
        };
        put([kpi.name(), kpi.label(), "measure", &kpi.unit().name(currency), kpi.denominator(), better])?;
    }
    for line in Line::ALL {
        put([line.name(), line.label(), "cash flow line", currency, "", ""])?;
    }
    for (series, name) in PARTS {
        put([series.name(), name, "part of invested capital, end of day", currency, "", ""])?;
    }
    for (column, width) in [(0, 34.0), (1, 44.0), (2, 34.0), (3, 24.0), (4, 34.0), (5, 10.0)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.write_string_with_format(row + 1, 0, "Definitions with equations: docs/model.md", &style.group)?;
    Ok(())
}
