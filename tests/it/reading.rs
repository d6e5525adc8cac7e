//! Sales files as they come: each is read as it plainly says, or refused with what is wrong. The files of `tests/sales` are small
//! inputs of our own, made after what people complain of.

use crate::cli::{restock_in, scratch};
use restock::data::{Columns, DateOrder, DecimalMark, Layout, Sales, Shape, Unfinished, read_sales};
use restock::forecast::Step;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sales").join(name)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What is said of a file: its reading and its repairs.
fn said(sales: &Sales) -> String {
    let warnings = sales.repairs.warnings("f", &sales.panel);
    let all: Vec<String> = warnings.into_iter().map(|d| d.message + " / " + &d.hint.unwrap_or_default()).collect();
    format!("{}\n{}", sales.reading, all.join("\n"))
}

fn units(sales: &Sales) -> f64 {
    sales.panel.items.iter().flat_map(|i| &i.units).sum()
}

/// Items, periods, step, units and first day, and words that must be said.
fn reads(path: &Path, columns: &Columns, what: (usize, usize, Step, f64, &str), words: &[&str]) {
    let sales = read_sales(path, columns).unwrap_or_else(|d| panic!("{}: {}", path.display(), d.render(false)));
    let panel = &sales.panel;
    let found = (panel.items.len(), panel.periods, panel.step, units(&sales), panel.first.to_string());
    assert_eq!((found.0, found.1, found.2, found.3, found.4.as_str()), what, "{}\n{}", path.display(), said(&sales));
    for word in words {
        assert!(said(&sales).contains(word), "{}: nothing is said of `{word}`:\n{}", path.display(), said(&sales));
    }
}

fn refused(path: &Path, columns: &Columns, words: &[&str]) {
    let Err(problems) = read_sales(path, columns) else { panic!("{} is read", path.display()) };
    let text = problems.render(false);
    for word in words {
        assert!(text.contains(word), "{}: nothing is said of `{word}`:\n{text}", path.display());
    }
}

/// A file with this text, read.
fn written(name: &str, bytes: &[u8], check: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    check(&path);
}

#[test]
fn order_lines_are_kept_by_a_condition() {
    let columns = Columns {
        item: some("Lineitem sku"),
        date: some("Created at"),
        units: some("Lineitem quantity"),
        ..Columns::default()
    };
    let path = file("d1-order-lines.csv");
    let all = ["looks like a status", "paid 21, voided 7", "--where 'Financial Status != voided'"];
    reads(&path, &columns, (2, 28, Step::Day, 84.0, "2025-03-03"), &all);
    let kept = Columns { conditions: vec!["Financial Status!=voided".into()], order: some("Name"), ..columns.clone() };
    reads(&path, &kept, (2, 27, Step::Day, 63.0, "2025-03-03"), &["14 of 56 rows"]);
    let without = Columns { order: None, ..kept.clone() };
    reads(&path, &without, (2, 28, Step::Day, 70.0, "2025-03-03"), &["blank cell", "--order"]);
    let both = Columns {
        conditions: vec!["Financial Status = paid".into(), "Lineitem sku in (LAMP-1)".into()],
        ..kept.clone()
    };
    reads(&path, &both, (1, 27, Step::Day, 42.0, "2025-03-03"), &[]);
    let none = Columns { conditions: vec!["Financial Status = lost".into()], ..kept.clone() };
    refused(&path, &none, &["no row is left", "paid 42"]);
    let every = Columns { conditions: vec!["Financial Status != lost".into()], ..kept.clone() };
    reads(&path, &every, (2, 28, Step::Day, 84.0, "2025-03-03"), &["leaves out no row"]);
    let unknown = Columns { conditions: vec!["Financal Status = paid".into()], ..kept };
    refused(&path, &unknown, &["no column `Financal Status`", "did you mean `Financial Status`"]);
}

#[test]
fn sums_are_no_demand() {
    let none = Columns::default();
    let total = ["`Grand Total` is the sum of 2 others", "column `Grand Total` is the sum"];
    reads(&file("d2-pivot-total.csv"), &none, (2, 12, Step::Month, 360.0, "2025-01-01"), &total);
    let preamble = ["header in row 5", "is called `Total` and was left out"];
    reads(&file("d3-preamble.csv"), &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &preamble);
    // A last line without a name that is the sum of the others.
    let mut text = String::from("date,sku,units\n");
    for d in 1..=20 {
        text += &format!("2025-03-{d:02},T-1,{d}\n");
    }
    written("sum.csv", (text.clone() + ",,210\n").as_bytes(), |path| {
        reads(path, &none, (1, 20, Step::Day, 210.0, "2025-03-01"), &["row 22", "was left out", "210"]);
    });
    written("no-sum.csv", (text + ",,209\n").as_bytes(), |path| refused(path, &none, &["row 22", "there is no date"]));
    // In other languages, by items across.
    written(
        "across.csv",
        "Datum;A;B;Summe\n03.03.2025;1;2;3\n04.03.2025;2;3;5\n20.03.2025;3;5;8\nGesamt;6;10;16\n".as_bytes(),
        |path| {
            reads(path, &none, (2, 18, Step::Day, 16.0, "2025-03-03"), &["`Summe`", "row 5 is called `Gesamt`"]);
        },
    );
}

#[test]
fn numbers_have_one_decimal_mark() {
    let columns = Columns { item: some("Material"), date: some("Datum"), units: some("Menge"), ..Columns::default() };
    let path = file("d4-three-decimals.csv");
    reads(&path, &columns, (1, 28, Step::Day, 137.0, "2025-03-03"), &["comma is decimal"]);
    let told = Columns { decimal: Some(DecimalMark::Point), ..columns };
    reads(&path, &told, (1, 28, Step::Day, 137_000.0, "2025-03-03"), &[]);
    let tabs = b"date\tsku\tunits\n2025-03-03\tT\t1,234\n2025-03-04\tT\t2,000\n2025-03-05\tT\t3,100\n";
    written("tabs.tsv", tabs, |path| {
        refused(
            path,
            &Columns::default(),
            &["two ways", "6334 in all if the point is decimal, 6.334 if the comma", "--decimal"],
        );
        let comma = Columns { decimal: Some(DecimalMark::Comma), ..Columns::default() };
        reads(path, &comma, (1, 3, Step::Day, 6.334, "2025-03-03"), &["comma is decimal"]);
    });
}

#[test]
fn dates_are_what_they_say() {
    let none = Columns::default();
    reads(
        &file("d5-month-ends.csv"),
        &none,
        (1, 24, Step::Month, 7_980.0, "2023-01-01"),
        &["months by their last day"],
    );
    reads(&file("d7-german-months.csv"), &none, (1, 12, Step::Month, 120.0, "2024-01-01"), &[]);
    refused(&file("d9-year-not-moved-on.csv"), &none, &["row 63", "2025-12-31 to 2025-01-01", "sort the file"]);
    let header = "sku;Jan 24;Feb 24;Mrx 24;Apr 24\nL;1;2;3;4\n";
    written("odd.csv", header.as_bytes(), |path| refused(path, &none, &["`Mrx 24`"]));
    let weeks = "year,week,sku,units\n2025,1,T,5\n2025,2,T,6\n2025,3,T,7\n";
    written("weeks.csv", weeks.as_bytes(), |path| {
        reads(path, &none, (1, 3, Step::Week, 18.0, "2024-12-30"), &["dates from `year` and `week`"]);
    });
    let months = "Jahr;Monat;Artikel;Menge\n2025;Januar;T;5\n2025;Februar;T;6\n2025;März;T;7\n";
    written("months.csv", months.as_bytes(), |path| reads(path, &none, (1, 3, Step::Month, 18.0, "2025-01-01"), &[]));
    let serials = "date,sku,units\n45719,T,5\n45720.5,T,6\n45722,T,7\n";
    written("serials.csv", serials.as_bytes(), |path| {
        reads(path, &none, (1, 4, Step::Day, 18.0, "2025-03-03"), &["as Excel counts days"]);
    });
    let clock = "date,sku,units\n3/14/2025 9:03 AM,T,5\n3/15/2025 11:59 PM,T,6\n3/16/2025 12:00 AM,T,7\n";
    written("clock.csv", clock.as_bytes(), |path| reads(path, &none, (1, 3, Step::Day, 18.0, "2025-03-14"), &[]));
    let own = "date,sku,units\n25.03.14,T,5\n25.03.15,T,6\n25.03.16,T,7\n";
    written("own.csv", own.as_bytes(), |path| {
        let columns = Columns { date_format: some("%y.%m.%d"), ..Columns::default() };
        reads(path, &columns, (1, 3, Step::Day, 18.0, "2025-03-14"), &[]);
        let wrong = Columns { date_format: some("%d-%m-%Y"), ..Columns::default() };
        refused(path, &wrong, &["row 2", "is no date of the form `%d-%m-%Y`"]);
    });
    let open = "date,sku,units\n03/04/2025,T,5\n04/05/2025,T,6\n";
    written("open.csv", open.as_bytes(), |path| {
        refused(path, &none, &["the day first, or the month"]);
        let told = Columns { date_order: Some(DateOrder::MonthFirst), ..Columns::default() };
        reads(path, &told, (1, 33, Step::Day, 11.0, "2025-03-04"), &[]);
    });
}

#[test]
fn evenings_are_the_shop_s() {
    let columns = Columns { date: some("created_at"), ..Columns::default() };
    let path = file("d12-utc.csv");
    reads(&path, &columns, (1, 83, Step::Day, 720.0, "2025-03-04"), &["moments in UTC", "--time-zone"]);
    let there = Columns { time_zone: some("America/Los_Angeles"), ..columns.clone() };
    reads(&path, &there, (1, 83, Step::Day, 720.0, "2025-03-03"), &[]);
    let sales = read_sales(&path, &there).unwrap();
    let on_sundays: f64 =
        (0..83).filter(|t| sales.panel.date(*t).weekday() == 6).map(|t| sales.panel.items[0].units[t]).sum();
    assert_eq!(on_sundays, 0.0, "the shop is closed on Sundays");
    let unknown = Columns { time_zone: some("America/Los_Angles"), ..columns };
    refused(&path, &unknown, &["no time zone `America/Los_Angles`"]);
}

#[test]
fn unfinished_periods_are_left_out() {
    let path = file("d6-ends-3-january.csv");
    let months = Columns { every: Some(Step::Month), ..Columns::default() };
    reads(
        &path,
        &months,
        (1, 24, Step::Month, 21_930.0, "2024-01-01"),
        &["the last month, 2026-01-01 to 2026-01-31, is not whole"],
    );
    assert_eq!(
        read_sales(&path, &months).unwrap().unfinished.map(|u| (u.0.to_string(), u.1)),
        Some(("2026-01-01".into(), 90.0))
    );
    let kept = Columns { unfinished: Unfinished::Keep, ..months };
    reads(&path, &kept, (1, 25, Step::Month, 22_020.0, "2024-01-01"), &["counts as a whole one"]);
    let weeks = Columns { every: Some(Step::Week), ..Columns::default() };
    reads(&path, &weeks, (1, 104, Step::Week, 21_840.0, "2024-01-01"), &["the last week, 2025-12-29 to 2026-01-04"]);
}

#[test]
fn columns_are_found_by_their_words() {
    let none = Columns::default();
    reads(&file("d8-net-items.csv"), &none, (1, 28, Step::Day, 112.0, "2025-03-03"), &[]);
    let guessed = read_sales(&file("d8-net-items.csv"), &none).unwrap().guessed;
    assert_eq!(guessed, ["Day", "Net items sold", "Product variant SKU"]);
    let counted = Columns { date: some("Transaction_date"), item: some("Product"), ..Columns::default() };
    refused(&file("d13-one-row-a-sale.csv"), &counted, &["no column `units`", "--units rows"]);
    let rows = Columns { units: some("rows"), ..counted };
    reads(&file("d13-one-row-a-sale.csv"), &rows, (1, 28, Step::Day, 56.0, "2025-03-03"), &["a row is a unit"]);
    // A shop's report has the names of its products alone.
    let report = b"Day,Product title,Net items sold\n2025-03-03,Lamp,1\n2025-03-04,Shade,2\n2025-03-05,Lamp,3\n";
    written("report.csv", report, |path| reads(path, &none, (2, 3, Step::Day, 6.0, "2025-03-03"), &[]));
    let returned = b"date,sku,units,type\n2025-03-03,T,5,sale\n2025-03-04,T,1,return\n2025-03-05,T,5,sale\n";
    written("type.csv", returned, |path| {
        reads(path, &none, (1, 3, Step::Day, 11.0, "2025-03-03"), &["`type` looks like a status", "sale 2, return 1"]);
    });
    // An item that is called a gift is no status.
    let gifts = b"date,sku,units\n2025-03-03,Gift card,5\n2025-03-04,Test kit,1\n2025-03-05,Lamp,5\n";
    written("gifts.csv", gifts, |path| {
        assert!(!said(&read_sales(path, &none).unwrap()).contains("status"));
    });
    let two = b"date,sku,Ordered quantity,Net quantity\n2025-03-03,T,1,1\n";
    written("two.csv", two, |path| refused(path, &none, &["`Ordered quantity` and `Net quantity`", "--units"]));
    let bare = b"2025-03-03,T,1\n2025-03-04,T,1\n";
    written("bare.csv", bare, |path| refused(path, &none, &["looks like data"]));
}

#[test]
fn text_is_read_in_any_encoding_and_between_any_separators() {
    let columns = Columns { item: some("Artikel"), date: some("Datum"), units: some("Menge"), ..Columns::default() };
    reads(&file("d10-windows-1252.csv"), &columns, (1, 28, Step::Day, 140.0, "2025-03-03"), &["windows-1252"]);
    assert_eq!(read_sales(&file("d10-windows-1252.csv"), &columns).unwrap().panel.items[0].name, "Türgriff");
    let none = Columns::default();
    reads(&file("d11-sep-line.csv"), &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &["header in row 2"]);
    let text = "sku|date|units\nT|2025-03-03|5\nT|2025-03-04|6\nT|2025-03-05|7\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    written("wide.txt", &wide, |path| reads(path, &none, (1, 3, Step::Day, 18.0, "2025-03-03"), &["UTF-16LE"]));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    written("sales.csv.gz", &packed.finish().unwrap(), |path| {
        reads(path, &none, (1, 3, Step::Day, 18.0, "2025-03-03"), &[])
    });
    let named = Columns { layout: Layout { encoding: some("utf-8"), ..Layout::default() }, ..Columns::default() };
    refused(&file("d10-windows-1252.csv"), &named, &["row 2 is not UTF-8"]);
    let row = Columns { layout: Layout { header_row: Some(5), ..Layout::default() }, ..Columns::default() };
    reads(&file("d3-preamble.csv"), &row, (1, 28, Step::Day, 140.0, "2025-03-03"), &["header in row 5"]);
}

#[test]
fn workbooks_are_read() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd.mm.yyyy");
    for (name, first) in [("Sales", 3), ("Old", 10)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        sheet.write_string(0, 0, "Sales by day").unwrap();
        for (column, name) in ["sku", "date", "units"].into_iter().enumerate() {
            sheet.write_string(2, column as u16, name).unwrap();
        }
        for k in 0..20_u32 {
            sheet.write_string(3 + k, 0, "T-1").unwrap();
            let day = ExcelDateTime::from_ymd(2025, 3, first + k as u8).unwrap();
            sheet.write_datetime_with_format(3 + k, 1, &day, &date).unwrap();
            sheet.write_number(3 + k, 2, 7.0).unwrap();
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    written("sales.xlsx", &bytes, |path| {
        refused(path, &Columns::default(), &["`Sales`, `Old`", "--sheet"]);
        let sheet =
            |name: &str| Columns { layout: Layout { sheet: some(name), ..Layout::default() }, ..Columns::default() };
        reads(path, &sheet("sales"), (1, 20, Step::Day, 140.0, "2025-03-03"), &["sheet `Sales`; header in row 3"]);
        reads(path, &sheet("Old"), (1, 20, Step::Day, 140.0, "2025-03-10"), &[]);
        refused(path, &sheet("New"), &["no sheet `New`"]);
    });
    written("damaged.xlsx", &bytes[..bytes.len() / 2], |path| refused(path, &Columns::default(), &["no workbook"]));
}

#[test]
fn items_that_look_alike_are_said() {
    let none = Columns::default();
    reads(&file("d14-sku-variants.csv"), &none, (2, 56, Step::Day, 280.0, "2025-03-03"), &["`ABC-1` and `abc-1`"]);
    let merged = Columns { merge_case: true, ..Columns::default() };
    reads(&file("d14-sku-variants.csv"), &merged, (1, 56, Step::Day, 280.0, "2025-03-03"), &[]);
}

/// One date of the wrong century among eight hundred rows.
#[test]
fn a_year_gone_wrong_is_refused_with_its_row() {
    let mut text = String::from("date,sku,units\n");
    for k in 0..800 {
        let day = restock::calendar::Day(20_000 + k / 2);
        let day = if k == 500 { day.to_string().replace("20", "21") } else { day.to_string() };
        text += &format!("{day},T-{},5\n", k % 2);
    }
    written("typo.csv", text.as_bytes(), |path| {
        refused(path, &Columns::default(), &["row 502", "100 years", "--until"]);
        let until = restock::calendar::Day(20_400);
        reads(
            path,
            &Columns { until: Some(until), ..Columns::default() },
            (2, 400, Step::Day, 3_995.0, "2024-10-04"),
            &[],
        );
    });
}

/// A file's rows in another order are read alike.
#[test]
fn the_order_of_rows_chooses_nothing() {
    let mut rows: Vec<String> =
        (0..60).map(|k| format!("{}/{}/2025;T-{};{},5", 1 + k % 28, 1 + k / 28, k % 3, k)).collect();
    let header = "date;sku;units\n".to_owned();
    let of = |rows: &[String]| {
        let mut found = None;
        written("f.csv", (header.clone() + &rows.join("\n")).as_bytes(), |path| {
            let sales = read_sales(path, &Columns::default()).unwrap();
            found = Some((sales.panel.clone(), sales.reading.clone()));
        });
        found.unwrap()
    };
    let forward = of(&rows);
    rows.reverse();
    assert_eq!(of(&rows), forward);
}

/// Quarters are periods of their own: their sales are not those of a month of three.
#[test]
fn quarters_are_quarters() {
    let none = Columns::default();
    for (a, b) in [("Q", ""), ("T", ""), ("", ". Quartal"), ("", "e trimestre")] {
        let mut text = String::from("date,sku,units\n");
        for k in 0..8 {
            text += &format!("{a}{}{b} {},T,{}\n", 1 + k % 4, 2023 + k / 4, 100 + k);
        }
        written("quarters.csv", text.as_bytes(), |path| {
            reads(path, &none, (1, 8, Step::Quarter, 828.0, "2023-01-01"), &["1 item by quarter"]);
        });
    }
    let across = "sku,Q1 2024,Q2 2024,Q3 2024,Q4 2024\nT,10,20,30,40\nL,1,2,3,4\n";
    written("across.csv", across.as_bytes(), |path| {
        reads(path, &none, (2, 4, Step::Quarter, 110.0, "2024-01-01"), &["a column a date"]);
    });
    // Quarters of a year that begins in February, by their last days.
    let mut text = String::from("date,sku,units\n");
    for end in ["2024-04-30", "2024-07-31", "2024-10-31", "2025-01-31", "2025-04-30", "2025-07-31"] {
        text += &format!("{end},T,5\n");
    }
    written("ends.csv", text.as_bytes(), |path| {
        reads(path, &none, (1, 6, Step::Quarter, 30.0, "2024-02-01"), &["quarters by their last day"]);
    });
    // Days are added up, the last quarter being unfinished.
    let days: String = (0..400).map(|k| format!("{},T,1\n", restock::calendar::Day(20_089 + k))).collect();
    written("days.csv", ("date,sku,units\n".to_owned() + &days).as_bytes(), |path| {
        let every = Columns { every: Some(Step::Quarter), ..Columns::default() };
        reads(path, &every, (1, 4, Step::Quarter, 365.0, "2025-01-01"), &["2026-01-01 to 2026-03-31, is not whole"]);
    });
}

#[test]
fn weeks_may_be_called_so() {
    let text = "Woche;Artikel;Menge\nKW 1 2025;T;5\nKW 2 2025;T;6\nKW 3 2025;T;7\n";
    written("kw.csv", text.as_bytes(), |path| {
        reads(path, &Columns::default(), (1, 3, Step::Week, 18.0, "2024-12-30"), &[]);
    });
}

#[test]
fn years_may_be_counted() {
    let months: String = (0..14).map(|k| format!("{}-{:02},T,{k}\n", 1 + k / 12, 1 + k % 12)).collect();
    written("counted.csv", ("month,sku,units\n".to_owned() + &months).as_bytes(), |path| {
        refused(path, &Columns::default(), &["row 2: `1-01` is no date", "--start 2023-01-01"]);
        let start = Some(restock::calendar::Day(19_448));
        let from = Columns { start, ..Columns::default() };
        reads(path, &from, (1, 14, Step::Month, 91.0, "2023-04-01"), &["years counted from 2023-04-01"]);
    });
    let two = "year,month,sku,units\n1,1,T,5\n1,2,T,6\n1,3,T,7\n";
    written("two.csv", two.as_bytes(), |path| {
        let from = Columns { start: Some(restock::calendar::Day(19_448)), ..Columns::default() };
        reads(path, &from, (1, 3, Step::Month, 18.0, "2023-04-01"), &["dates from `year` and `month`"]);
    });
}

#[test]
fn an_unfinished_period_may_be_scaled() {
    let path = file("d6-ends-3-january.csv");
    let months = Columns { every: Some(Step::Month), unfinished: Unfinished::Scale, ..Columns::default() };
    // 90 units in 3 of 31 days.
    let words = ["its 3 of 31 days were scaled to a whole one, 930 units"];
    reads(&path, &months, (1, 25, Step::Month, 22_860.0, "2024-01-01"), &words);
    assert_eq!(read_sales(&path, &months).unwrap().unfinished, None);
}

#[test]
fn money_is_no_units() {
    let none = Columns::default();
    let rows: String = (1..=20).map(|d| format!("2025-03-{d:02},T,{}.25,19.99\n", 10 + d)).collect();
    written("money.csv", ("date,sku,sales,price\n".to_owned() + &rows).as_bytes(), |path| {
        refused(path, &none, &["`sales` seems to hold amounts of money", "column `price`", "--units"]);
        let told = Columns { units: some("sales"), ..Columns::default() };
        reads(path, &told, (1, 20, Step::Day, 415.0, "2025-03-01"), &["not whole"]);
    });
    let signs: String = (1..=20).map(|d| format!("2025-03-{d:02},T,${d}.50\n")).collect();
    written("signs.csv", ("date,sku,sales\n".to_owned() + &signs).as_bytes(), |path| {
        refused(path, &none, &["amounts of money", "sign of a currency"]);
    });
    // Units beside a price, and kilograms, are what they are called.
    let units: String = (1..=20).map(|d| format!("2025-03-{d:02},T,{d},19.99\n")).collect();
    written("units.csv", ("date,sku,sales,price\n".to_owned() + &units).as_bytes(), |path| {
        reads(path, &none, (1, 20, Step::Day, 210.0, "2025-03-01"), &[]);
    });
    let kilograms: String = (1..=20).map(|d| format!("2025-03-{d:02},T,0.25,19.99\n")).collect();
    written("kilograms.csv", ("date,sku,quantity,price\n".to_owned() + &kilograms).as_bytes(), |path| {
        reads(path, &none, (1, 20, Step::Day, 5.0, "2025-03-01"), &["not whole"]);
    });
}

/// A file of 40 KB whose dates span 270 years for each of its items: three thousand sales in a hundred million days.
#[test]
fn a_panel_is_as_large_as_its_file_warrants() {
    let mut text = String::from("date,sku,units\n");
    for k in 0..1_500 {
        text += &format!("1800-01-{:02},T-{k},1\n2073-01-{:02},T-{k},1\n", 1 + k % 28, 1 + k % 28);
    }
    written("span.csv", text.as_bytes(), |path| {
        refused(path, &Columns::default(), &["1500 items over 99740 days", "3000 rows", "a date is wrong?", "--every"]);
        let room = |size: restock::data::Size| Err(format!("{} are too many", size.item_periods));
        let months = Columns { every: Some(Step::Month), unfinished: Unfinished::Keep, ..Columns::default() };
        let refused = restock::data::panel_within(path, &months, &room).unwrap_err().render(false);
        assert!(refused.contains("4915500 item-months; 4915500 are too many"), "{refused}");
    });
}

/// What is left out, changed or pointed out is found again in the file by its rows.
#[test]
fn findings_have_their_rows() {
    let text = "date,sku,units,status\n2025-03-03,A-1,5,paid\n2025-03-04,a-1,5,voided\n2025-03-05,A-1,-2,paid\n2025-03-06,A-1,,paid\n\
        \n2025-03-07,A-1,3,paid\n2025-03-07,A-1,4,paid\n2025-03-08,A-1,1,voided\n2025-03-09,A-1,2,void\n2025-04-01,A-1,9,paid\n";
    written("found.csv", text.as_bytes(), |path| {
        let columns = Columns {
            conditions: vec!["status not in (voided, void)".into()],
            until: Some(restock::calendar::Day(20_178)),
            ..Columns::default()
        };
        let health = read_sales(path, &columns).unwrap().health("found.csv");
        let found = |words: &str| {
            let of = health.findings.iter().find(|f| f.what.contains(words));
            of.map(|f| f.rows.shown(9)).unwrap_or_else(|| panic!("nothing of `{words}`: {:#?}", health.findings))
        };
        assert_eq!(found("status not in"), "3, 9 to 10");
        assert_eq!(found("--until 2025-03-31"), "11");
        assert_eq!(found("no number of units"), "5");
        assert_eq!(found("negative units"), "4");
        assert_eq!(found("repeat a day"), "8");
        let pointed_out = read_sales(path, &Columns { conditions: Vec::new(), ..columns }).unwrap().health("f");
        let found = |words: &str| pointed_out.findings.iter().find(|f| f.what.contains(words)).unwrap().rows.shown(9);
        assert_eq!(found("looks like a status"), "3, 9 to 10");
        assert_eq!(found("differ by case"), "2 to 4, 7 to 10");
        assert!(health.reading.iter().any(|(what, text)| what == "Periods" && text.contains("2025-03-03")));
    });
    let total = read_sales(&file("d2-pivot-total.csv"), &Columns::default()).unwrap().health("f");
    let sum = total.findings.iter().find(|f| f.what.contains("item `Grand Total` is the sum")).unwrap();
    assert_eq!(sum.rows.len(), 1);
}

/// Damaged files are errors in our words, whatever the reader of Parquet makes of them: cut short anywhere, with single bits turned, and
/// with another end.
#[test]
fn damaged_parquet_is_an_error() {
    use polars::prelude::*;
    let days: Vec<String> = (0..200).map(|k| restock::calendar::Day(20_000 + k).to_string()).collect();
    let units: Vec<i32> = (0..200).map(|k| k % 7).collect();
    let mut frame = df!("date" => days, "sku" => vec!["T"; 200], "units" => units).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let none = Columns::default();
    written("whole.parquet", &bytes, |path| reads(path, &none, (1, 200, Step::Day, 594.0, "2024-10-04"), &[]));
    let mut damaged: Vec<Vec<u8>> = (1..20).map(|k| bytes[..bytes.len() * k / 20].to_vec()).collect();
    for k in 0..400 {
        let mut turned = bytes.clone();
        let at = (k * 7_919) % bytes.len();
        turned[at] ^= 1 << (k % 8);
        damaged.push(turned);
    }
    let mut footer = bytes.clone();
    let n = footer.len();
    footer[n - 8..n - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    damaged.push(footer);
    damaged.push([&bytes[..4], &bytes[bytes.len() - 8..]].concat());
    let mut refused = 0;
    for bytes in damaged {
        // A turned bit may make another number, which nothing tells; what is not read is an error, and no panic.
        written("damaged.parquet", &bytes, |path| {
            if let Err(problems) = read_sales(path, &none) {
                let text = problems.render(false);
                refused += 1;
                for word in ["polars", "thrift", "panicked", "ParquetError", "out of range"] {
                    assert!(!text.contains(word), "{text}");
                }
            }
        });
    }
    assert!(refused > 100, "{refused} were refused");
}

/// A page for a colleague: with the rows, without a script, and never over a file that is not ours.
#[test]
fn a_page_of_health_is_written() {
    let dir = scratch("health");
    let sales = file("d2-pivot-total.csv");
    let describe = |more: &[&str]| {
        restock_in(&dir, &[&["describe", sales.to_str().unwrap(), "--report", "h.html"], more].concat())
    };
    for _ in 0..2 {
        let out = describe(&[]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let page = std::fs::read_to_string(dir.join("h.html")).unwrap();
        assert!(page.contains("`Grand Total` is the sum of 2 others"), "{page}");
        assert!(page.contains("How it was read") && !page.contains("<script"), "{page}");
    }
    std::fs::write(dir.join("h.html"), "<!doctype html><p>mine").unwrap();
    let out = describe(&[]);
    assert_eq!(out.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--force"));
    assert_eq!(std::fs::read_to_string(dir.join("h.html")).unwrap(), "<!doctype html><p>mine");
    assert!(describe(&["--force"]).status.success());
    assert!(std::fs::read_to_string(dir.join("h.html")).unwrap().contains("restock-health"));
}

/// What a command would hold is estimated before the work, and refused with the figure.
#[test]
fn what_does_not_fit_is_refused_with_the_figure() {
    let sales = file("d6-ends-3-january.csv");
    for command in ["describe", "forecast", "backtest"] {
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_restock"));
        run.args([command, sales.to_str().unwrap()]).current_dir(scratch("room")).env("RESTOCK_MEMORY", "20000000");
        let out = run.output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(3), "{said}");
        assert!(
            said.contains("1 item over 734 days") && said.contains("would be needed, and 20 MiB are free"),
            "{said}"
        );
    }
}

/// A scenario names files. A pipe may never end, and a device never does.
#[cfg(unix)]
#[test]
fn a_scenario_reads_files_alone() {
    let dir = scratch("pipes");
    assert!(std::process::Command::new("mkfifo").arg(dir.join("pipe.csv")).status().unwrap().success());
    let text = "\
         name = \"x\"\n\
         [horizon]\n\
         start = 2026-01-01\n\
         days = 30\n\
         [[product]]\n\
         sku = \"tee\"\n\
         price = 60\n\
         unit-cost = 14\n\
         [demand]\n\
         history = { file = \"FILE\" }\n";
    for (file, more) in [("pipe.csv", &[][..]), ("/dev/zero", &["--allow-outside"])] {
        std::fs::write(dir.join("s.toml"), text.replace("FILE", file)).unwrap();
        let out = restock_in(&dir, &[&["check", "s.toml"], more].concat());
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!out.status.success() && said.contains("is no file but a pipe, a device or the like"), "{said}");
    }
}

/// What the command line is told of a file, a scenario's `history` may be told.
#[test]
fn a_history_has_a_key_for_each_option() {
    let dir = scratch("keys");
    let mut sales = String::from("date,sku,units,open\n");
    for k in 0..760 {
        sales +=
            &format!("{},tee,{},24\n", restock::calendar::Day(19_723 + k), if k % 365 == 180 { 90 } else { 3 + k % 3 });
    }
    std::fs::write(dir.join("sales.csv"), sales).unwrap();
    std::fs::write(dir.join("events.csv"), "date,event\n2024-06-29,fair\n2025-06-29,fair\n2026-06-29,fair\n").unwrap();
    std::fs::write(dir.join("wrong.csv"), "date,event\nsoon,fair\n").unwrap();
    let check = |history: &str| {
        let text = format!(
            "\
                 name = \"x\"\n\
                 [horizon]\n\
                 start = 2026-02-01\n\
                 days = 30\n\
                 [[product]]\n\
                 sku = \"tee\"\n\
                 price = 60\n\
                 unit-cost = 14\n\
                 [demand]\n\
                 history = {{ file = \"sales.csv\", sku = \"sku\", {history} }}\n"
        );
        std::fs::write(dir.join("s.toml"), text).unwrap();
        let out = restock_in(&dir, &["check", "s.toml"]);
        (
            out.status.success(),
            String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout),
        )
    };
    let all = "every = \"day\", unfinished = \"scale\", hours = \"open\", yearly-wave = false, events = \"events.csv\"";
    let (fine, said) = check(all);
    assert!(fine, "{said}");
    for (history, word) in [
        ("events = \"wrong.csv\"", "`wrong.csv`, row 2: `soon` is no date"),
        ("events = \"none.csv\"", "there is no file `none.csv`"),
        ("largest-line = \"line\"", "no column `line`"),
        ("start = 2023-01-01", "no month of a year that is counted from 2023-01-01"),
    ] {
        let (fine, said) = check(history);
        assert!(!fine && said.contains(word), "{history}: {said}");
    }
}

/// A run whose scenario reads sales has their health in its workbook.
#[test]
fn the_workbook_has_the_health_of_sales() {
    use calamine::{Data, Reader, Xlsx};
    let dir = scratch("sheet");
    let mut sales = String::from("date,sku,units\n");
    for k in 0..400 {
        sales += &format!("{},tee,{}\n", restock::calendar::Day(20_089 + k), if k == 7 { -3 } else { k % 5 });
    }
    std::fs::write(dir.join("sales.csv"), sales).unwrap();
    let text = "\
         name = \"x\"\n\
         [horizon]\n\
         start = 2026-01-01\n\
         days = 30\n\
         [monte-carlo]\n\
         replications = 20\n\
         [[product]]\n\
         sku = \"tee\"\n\
         price = 60\n\
         unit-cost = 14\n\
         [demand]\n\
         history = { file = \"sales.csv\", sku = \"sku\" }\n";
    std::fs::write(dir.join("s.toml"), text).unwrap();
    let out = restock_in(&dir, &["run", "s.toml", "--own-policies-only", "--out", "out"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let bytes = std::fs::read(dir.join("out/finance.xlsx")).unwrap();
    let mut book = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("Data health").unwrap();
    let returned = sheet.rows().find(|r| r[2].to_string().contains("negative units")).expect("the return is listed");
    assert_eq!(
        (&returned[1], &returned[3], &returned[4]),
        (&Data::String("left out".into()), &Data::String("9".into()), &Data::Float(1.0))
    );
}

/// Sales of three items over ninety days in which `cells` gives each row's further cells by item and day.
fn with_states(header: &str, cells: impl Fn(usize, i32) -> String) -> String {
    let mut text = format!("date,sku,units,{header}\n");
    for k in 0..90 {
        for (i, item) in ["A", "B", "C"].into_iter().enumerate() {
            text +=
                &format!("{},{item},{},{}\n", restock::calendar::Day(20_089 + k), 4 + (k + i as i32) % 3, cells(i, k));
        }
    }
    text
}

/// Last days of the three items, and what was said.
fn last_days(text: &str, columns: &Columns) -> (Vec<Option<String>>, String) {
    let mut found = None;
    written("ends.csv", text.as_bytes(), |path| {
        let sales = read_sales(path, columns).unwrap_or_else(|d| panic!("{}", d.render(false)));
        let days = sales.panel.items.iter().map(|i| i.discontinued.map(|d| d.to_string())).collect();
        found = Some((days, said(&sales)));
    });
    found.unwrap()
}

/// A date, yes or no, or a status of products tells which have ended; the word of an item's latest row holds.
#[test]
fn items_are_discontinued_by_a_column() {
    let none = Columns::default();
    let end = || some("2025-03-31");
    let of = |header: &str, cells: &dyn Fn(usize, i32) -> String| last_days(&with_states(header, cells), &none);
    let (days, told) = of("discontinued", &|i, _| ["", "2025-06-15", "no"][i].into());
    assert_eq!(days, [None, some("2025-06-15"), None]);
    assert!(told.contains("column `discontinued` tells which items are discontinued, 1 of 3"), "{told}");
    for (header, words) in [
        ("Status", ["active", "Archived", "draft"]),
        ("Artikelstatus", ["lieferbar", "ausgelistet", "neu"]),
        ("estado", ["activo", "descatalogado", "activo"]),
        ("Descontinuado", ["não", "sim", ""]),
        ("is_active", ["1", "0", "true"]),
        ("aktiv", ["ja", "nein", "ja"]),
        ("EOL", ["", "x", ""]),
    ] {
        let (days, told) = of(header, &|i, _| words[i].into());
        assert_eq!(days, [None, end(), None], "{header}: {told}");
        assert!(
            told.contains(&format!("column `{header}` tells which")) && told.contains("`B` is discontinued"),
            "{told}"
        );
        assert!(!told.contains("looks like a status"), "{told}");
    }
    // In a file whose dates have the day first, an end has, too.
    let day_first = with_states("Discontinued on", |i, _| if i == 1 { "05.06.2025".into() } else { String::new() });
    let day_first: String = day_first
        .lines()
        .map(|l| match l.split_once(',') {
            Some((date, rest)) if date.len() == 10 => format!("{}.{}.{},{rest}\n", &date[8..], &date[5..7], &date[..4]),
            _ => format!("{l}\n"),
        })
        .collect();
    assert_eq!(last_days(&day_first, &none).0, [None, some("2025-06-05"), None]);
    // It changed in March, and the order of the rows chooses nothing.
    let changed = with_states("status", |i, k| if i == 2 && k > 60 { "delisted".into() } else { "active".into() });
    let mut rows: Vec<&str> = changed.lines().collect();
    assert_eq!(last_days(&changed, &none).0, [None, None, end()]);
    rows[1..].reverse();
    assert_eq!(last_days(&rows.join("\n"), &none).0, [None, None, end()]);
    // A wide table has a row an item.
    let wide = "sku,discontinued,2025-01-01,2025-02-01,2025-03-01\nA,0,1,2,3\nB,1,1,2,3\nC,0,1,2,3\n";
    let (days, told) = last_days(wide, &none);
    assert_eq!(days, [None, end(), None], "{told}");
}

/// An order's status is none of an item: it differs from row to row.
#[test]
fn the_status_of_an_order_ends_no_item() {
    let none = Columns::default();
    let orders = with_states("status", |i, k| if (i as i32 + k) % 5 == 0 { "archived".into() } else { "open".into() });
    let (days, told) = last_days(&orders, &none);
    assert_eq!(days, [None, None, None]);
    assert!(told.contains("`status` is taken for a status of orders"), "{told}");
    let cancelled =
        with_states("status", |i, k| if (i as i32 + k) % 5 == 0 { "cancelled".into() } else { "paid".into() });
    let (days, told) = last_days(&cancelled, &none);
    assert!(days == [None, None, None] && told.contains("looks like a status"), "{told}");
    let category = with_states("category", |i, _| ["Lamps", "Archive boxes", "Éoliennes"][i].into());
    assert_eq!(last_days(&category, &none).0, [None, None, None]);
    // What is told holds, and `none` is no column.
    let told = |column: &str| Columns { discontinued: some(column), ..Columns::default() };
    let category = with_states("remark", |i, _| if i == 0 { "discontinued".into() } else { "sold".into() });
    assert_eq!(last_days(&category, &told("Remark")).0, [some("2025-03-31"), None, None]);
    let status = with_states("status", |i, _| if i == 0 { "discontinued".into() } else { "sold".into() });
    assert_eq!(last_days(&status, &told("none")).0, [None, None, None]);
    let odd = with_states("discontinued", |i, _| if i == 0 { "perhaps".into() } else { "no".into() });
    assert!(last_days(&odd, &none).1.contains("`perhaps` is neither a date nor yes or no: it was not read"));
    written("odd.csv", odd.as_bytes(), |path| {
        refused(path, &told("discontinued"), &["row 2: `perhaps` of column `discontinued`"]);
        refused(path, &told("gone"), &["no column `gone`"]);
    });
    // Rows of the last day that say two things.
    let torn = with_states("eol", |i, _| if i == 0 { "yes".into() } else { "no".into() });
    let torn = torn + "2025-03-31,A,1,no\n";
    let (days, told) = last_days(&torn, &none);
    assert!(days == [None, None, None] && told.contains("says two things"), "{told}");
    // A date that has not been kept.
    let late = with_states("eol date", |i, _| if i == 0 { "2025-02-28".into() } else { String::new() });
    let (days, told) = last_days(&late, &none);
    assert_eq!(days, [some("2025-02-28"), None, None]);
    assert!(told.contains("`A` is discontinued on 2025-02-28 by column `eol date`, but sold"), "{told}");
}

/// What is discontinued is forecast as nothing, is said to be so, and leaves what it sold to its successor; a scenario does not draw on it.
#[test]
fn what_is_discontinued_is_forecast_as_nothing() {
    let dir = scratch("discontinued");
    let mut text = String::from("date,sku,units,status\n");
    for k in 0..200 {
        let day = restock::calendar::Day(20_089 + k);
        let old = if k < 150 { 10 + k % 3 } else { 0 };
        text += &format!("{day},OLD,{old},discontinued\n{day},KEPT,{},active\n", 6 + k % 4);
        if k >= 195 {
            text += &format!("{day},NEW,10,active\n");
        }
    }
    std::fs::write(dir.join("sales.csv"), &text).unwrap();
    let run = |args: &[&str]| {
        let out = restock_in(&dir, args);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        (out.status.success(), text, String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (fine, told, notes) =
        run(&["forecast", "sales.csv", "--paths", "100", "--no-record", "--out", "out", "--only", "OLD"]);
    assert!(fine, "{notes}");
    assert!(notes.contains("column `status` tells which items are discontinued, 1 of 3"), "{notes}");
    assert!(told.contains("OLD (discontinued)") && told.contains("OLD is discontinued: nothing is expected"), "{told}");
    let totals = std::fs::read_to_string(dir.join("out/totals.csv")).unwrap();
    let old: Vec<&str> = totals.lines().find(|l| l.starts_with("OLD,")).unwrap().split(',').collect();
    assert!(old.iter().skip(2).filter_map(|c| c.parse::<f64>().ok()).all(|v| v == 0.0), "{totals}");
    assert!(std::fs::read_to_string(dir.join("out/charts/01-old.svg")).unwrap().contains("OLD is discontinued"));
    let (_, told, _) =
        run(&["forecast", "sales.csv", "--paths", "100", "--no-record", "--dry-run", "--discontinued", "none"]);
    assert!(!told.contains("discontinued"), "{told}");
    let (_, told, _) = run(&[
        "forecast",
        "sales.csv",
        "--paths",
        "100",
        "--no-record",
        "--dry-run",
        "--replaces",
        "OLD=NEW",
        "--only",
        "NEW",
    ]);
    let row = told.lines().find(|l| l.contains("NEW")).unwrap();
    let next: f64 = row.split_whitespace().filter_map(|w| w.parse().ok()).nth(1).unwrap();
    assert!((250.0..350.0).contains(&next), "{told}");
    let (_, told, _) = run(&["describe", "sales.csv"]);
    assert!(told.contains("Discontinued: 1 item") && told.contains("OLD: since 2025-07-19"), "{told}");
    assert!(!told.contains("Stopped"), "{told}");

    let scenario = |start: &str, more: &str| {
        let text = format!(
            "\
                 name = \"x\"\n\
                 [horizon]\n\
                 start = {start}\n\
                 days = 30\n\
                 [[product]]\n\
                 sku = \"OLD\"\n\
                 price = 60\n\
                 unit-cost = 14\n\
                 [demand]\n\
                 history = {{ file = \"sales.csv\", sku = \"sku\"{more} }}\n"
        );
        std::fs::write(dir.join("s.toml"), text).unwrap();
        run(&["check", "s.toml"])
    };
    let (fine, _, notes) = scenario("2025-07-20", "");
    assert!(!fine && notes.contains("`OLD` is discontinued in `sales.csv`: its last day is 2025-07-19"), "{notes}");
    assert!(scenario("2025-07-20", ", discontinued = \"none\"").0);
    std::fs::write(
        dir.join("sales.csv"),
        text.replace("discontinued", "2025-08-01").replace("active", "").replace("status", "eol"),
    )
    .unwrap();
    let (fine, _, notes) = scenario("2025-07-20", "");
    assert!(
        fine && notes.contains("its last day is 2025-08-01; its demand is drawn to the end of the run, 2025-08-18"),
        "{notes}"
    );
}

/// A zip with these parts, and so many megabytes of blanks behind the last.
fn zipped(parts: &[(&str, Vec<u8>)], blanks: usize) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default().compression_level(Some(1))).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let blank = vec![b' '; 1 << 20];
    (0..blanks).for_each(|_| zip.write_all(&blank).unwrap());
    zip.finish().unwrap().into_inner()
}

/// The parts of a workbook whose only sheet has this XML.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    workbook_with(sheet, 0)
}

fn workbook_with(sheet: &[u8], blanks: usize) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    zipped(&[
        ("[Content_Types].xml", b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_vec()),
        ("_rels/.rels", format!("<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>").into_bytes()),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>").into_bytes()),
        ("xl/workbook.xml", format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>").into_bytes()),
        ("xl/worksheets/sheet1.xml", [format!("<worksheet xmlns=\"{main}\"><sheetData>").as_bytes(), sheet, b"</sheetData></worksheet>"].concat()),
    ], blanks)
}

fn open_document(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"S\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zipped(
        &[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
            ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
            ("content.xml", content.into_bytes()),
        ],
        0,
    )
}

/// Small files that become large: unpacked, by cells far apart, by cells that are repeated, or by a line without an end.
#[test]
fn what_becomes_too_large_is_refused_while_it_is_read() {
    let none = Columns::default();
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |n: u32, cells: &str| format!("<row r=\"{n}\">{cells}</row>");
    let plain = row(1, &(cell("A1", "date") + &cell("B1", "units")))
        + &row(2, &(cell("A2", "2025-03-03") + &cell("B2", "5")))
        + &row(3, &(cell("A3", "2025-03-04") + &cell("B3", "6")));
    written("fine.xlsx", &workbook(plain.as_bytes()), |path| {
        reads(path, &none, (1, 2, Step::Day, 11.0, "2025-03-03"), &[])
    });
    let bomb = workbook_with(plain.as_bytes(), 530);
    assert!(bomb.len() < 8 << 20);
    written("spaces.xlsx", &bomb, |path| {
        refused(path, &none, &["hold 530 MB once unpacked, and at most 512 MB are read"])
    });
    // One that says that it holds little: the sizes in the directory, behind its mark, are set to 1 kB.
    let mut lying = bomb;
    let marks: Vec<usize> = (0..lying.len() - 4).filter(|i| lying[*i..i + 4] == *b"PK\x01\x02").collect();
    marks.iter().for_each(|at| lying[at + 24..at + 28].copy_from_slice(&1_024_u32.to_le_bytes()));
    written("lying.xlsx", &lying, |path| refused(path, &none, &["it is no workbook, or a damaged or protected one"]));
    let far = workbook((plain.clone() + &row(1_048_576, &cell("XFD1048576", "x"))).as_bytes());
    assert!(far.len() < 4 << 10);
    written("far.xlsx", &far, |path| refused(path, &none, &["1048576 rows of 16384 columns", "CSV"]));

    let filled = "<table:table-cell office:value-type=\"string\"{}><text:p>x</text:p></table:table-cell>";
    let cells = |more: &str| filled.replace("{}", more);
    let sheet = |rows: &str, more: &str| format!("<table:table-row{rows}>{}</table:table-row>", cells(more));
    let fine = ["date,units", "2025-03-03,5", "2025-03-04,6"].map(|r| {
        let cells: String = r.split(',').map(|c| cells("").replace(">x<", &format!(">{c}<"))).collect();
        format!("<table:table-row>{cells}<table:table-cell table:number-columns-repeated=\"16382\"/></table:table-row>")
    });
    let empty = "<table:table-row table:number-rows-repeated=\"1048573\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    written("fine.ods", &open_document(&(fine.concat() + empty)), |path| {
        reads(path, &none, (1, 2, Step::Day, 11.0, "2025-03-03"), &[]);
    });
    for rows in [
        sheet("", " table:number-columns-repeated=\"16384\"").repeat(3_000),
        sheet(" table:number-rows-repeated=\"1000000\"", " table:number-columns-repeated=\"90\""),
        sheet("", " table:number-columns-repeated=\"200\"") + empty + &sheet("", ""),
    ] {
        let book = open_document(&rows);
        assert!(book.len() < 16 << 10);
        written("cells.ods", &book, |path| refused(path, &none, &["more than 32 million cells"]));
    }
    let long =
        sheet("", " table:number-columns-repeated=\"16384\"").replace(">x<", &format!(">{}<", "x".repeat(40_000)));
    written("text.ods", &open_document(&long), |path| refused(path, &none, &["more than 512 MB of text"]));

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &[&b"date,units\n"[..], &vec![b'x'; 40 << 20]].concat()).unwrap();
    written("endless.csv.gz", &packed.finish().unwrap(), |path| {
        refused(path, &none, &["from line 2 on has more than 16 MB"])
    });
    written("commas.csv", &vec![b','; 300_000], |path| refused(path, &none, &["more than 200000 cells"]));
}

/// Twenty-eight days of five units of an item, each row as `row` writes it.
fn month_of(header: &str, row: impl Fn(usize, restock::calendar::Day) -> String) -> String {
    let rows: String = (0..28).map(|k| row(k, restock::calendar::Day(20_150 + k as i32)) + "\n").collect();
    format!("{header}\n{rows}")
}

#[test]
fn numbers_may_have_blanks_signs_and_a_minus_behind() {
    let none = Columns::default();
    let first = "2025-03-03";
    let days = |d: restock::calendar::Day| d.to_string();
    let spaced = month_of("date;sku;units", |_, d| format!("{};T;1 234,5", days(d)));
    written("spaced.csv", spaced.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 34_566.0, first), &["comma is decimal"])
    });
    let swiss = month_of("date;sku;units", |_, d| format!("{};T;1'234.500", days(d)));
    written("swiss.csv", swiss.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 34_566.0, first), &[]);
        assert!(!said(&read_sales(path, &none).unwrap()).contains("comma is decimal"));
    });
    let behind = month_of("date;sku;units", |k, d| format!("{};T;{}", days(d), if k == 5 { "2,5-" } else { "5,0" }));
    written("behind.csv", behind.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 135.0, first), &["negative units (2.5 in all)"]);
    });
    let priced = month_of("date,sku,qty,price", |_, d| format!("{},T,5,\"$1,299.00\"", days(d)));
    written("priced.csv", priced.as_bytes(), |path| {
        let price = Columns { price: some("price"), ..Columns::default() };
        assert_eq!(read_sales(path, &price).unwrap().panel.items[0].price, Some(1_299.0));
    });
}

/// Sums by period, by shop and by year stand among what they sum.
#[test]
fn sums_among_columns_and_rows_are_no_demand() {
    let none = Columns::default();
    let quarters = "\
         sku,Jan 2025,Feb 2025,Mar 2025,Q1 2025,Apr 2025,May 2025,Jun 2025,Q2 2025\n\
         A,1,2,3,6,4,5,6,15\n\
         B,2,2,2,6,2,2,2,6\n";
    written("quarters.csv", quarters.as_bytes(), |path| {
        reads(
            path,
            &none,
            (2, 6, Step::Month, 33.0, "2025-01-01"),
            &["`Q1 2025`, `Q2 2025` are the sums of shorter periods"],
        );
    });
    written("other.csv", quarters.replace(",15", ",16").as_bytes(), |path| {
        refused(path, &none, &["`Q2 2025` are called by longer periods", "count twice"]);
    });
    let months: String = (1..=12).map(|m| format!(",2024-{m:02}")).collect();
    let years = format!(
        "sku{months},2024,2025-01,2025-02,2025\nA{},12,1,1,2\nB{},24,2,2,4\n",
        ",1".repeat(12),
        ",2".repeat(12)
    );
    written("years.csv", years.as_bytes(), |path| {
        reads(
            path,
            &none,
            (2, 14, Step::Month, 42.0, "2024-01-01"),
            &["column `2024` is the sum of those before it", "column `2025` is the sum"],
        );
    });
    let shops = "\
         sku,store,2025-01-01,2025-02-01,2025-03-01\n\
         A,S1,1,1,1\n\
         A,S2,2,2,2\n\
         A,All stores,3,3,3\n\
         B,S1,1,1,1\n\
         B,S2,1,1,1\n\
         B,All stores,2,2,2\n";
    written("shops.csv", shops.as_bytes(), |path| {
        reads(
            path,
            &none,
            (2, 3, Step::Month, 15.0, "2025-01-01"),
            &["2 rows whose `store` is `All stores` are the sums"],
        );
    });
    let of = |total: i32| {
        month_of("date,sku,region,units", |_, d| format!("{d},T,North,5\n{d},T,South,3\n{d},T,Gesamt,{total}"))
    };
    written("regions.csv", of(8).as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 224.0, "2025-03-03"), &["28 rows whose `region` is `Gesamt`"])
    });
    written("no-sum.csv", of(9).as_bytes(), |path| {
        reads(
            path,
            &none,
            (1, 28, Step::Day, 476.0, "2025-03-03"),
            &["are not those of the others", "--where 'region != Gesamt'"],
        )
    });
}

/// Cells that a spreadsheet merged hold for the rows below; single rows without an item are one.
#[test]
fn rows_without_an_item_are_carried_down_or_said() {
    let none = Columns::default();
    let days: Vec<String> = (0..14).map(|k| restock::calendar::Day(20_150 + k).to_string()).collect();
    let merged = ["T-0", "T-1"].iter().fold("sku,date,units\n".to_owned(), |text, item| {
        let cell = |k: usize| if k == 0 { item } else { "" };
        days.iter().enumerate().fold(text, |text, (k, d)| text + &format!("{},{d},5\n", cell(k)))
    });
    written("merged.csv", merged.as_bytes(), |path| {
        reads(path, &none, (2, 14, Step::Day, 140.0, "2025-03-03"), &["items carried down over blank cells"]);
        let sales = read_sales(path, &none).unwrap();
        assert_eq!(sales.panel.items.iter().map(|i| i.units.iter().sum::<f64>()).collect::<Vec<_>>(), [70.0, 70.0]);
    });
    // By date, with an item here and there: nothing says whose the other rows are.
    let sparse = month_of("sku,date,units", |k, d| format!("{},{d},5", if k % 7 == 0 { "T" } else { "" }));
    written("sparse.csv", sparse.as_bytes(), |path| {
        reads(path, &none, (2, 28, Step::Day, 140.0, "2025-03-03"), &["24 rows have no item"]);
    });
    let headed = "Product,Date,Units\nLamp,,\n".to_owned() + &month_of("", |_, d| format!(",{d},5"))[1..];
    let headed = headed + "Shade,,\n" + &month_of("", |_, d| format!(",{d},3"))[1..];
    written("headed.csv", headed.as_bytes(), |path| {
        reads(path, &none, (2, 28, Step::Day, 224.0, "2025-03-03"), &["carried down"])
    });
    let few = month_of("sku,date,units", |k, d| format!("{},{d},5", if k == 3 { "" } else { "T" }));
    written("few.csv", few.as_bytes(), |path| {
        reads(path, &none, (2, 28, Step::Day, 140.0, "2025-03-03"), &["1 rows have no item", "`(no item)`"])
    });
}

#[test]
fn dates_of_other_forms_and_calendars_are_told() {
    let none = Columns::default();
    let ending: String = (0..20).map(|k| format!("{},T,70\n", restock::calendar::Day(20_093 + 7 * k))).collect();
    written("ending.csv", ("week ending,sku,units\n".to_owned() + &ending).as_bytes(), |path| {
        reads(path, &none, (1, 20, Step::Week, 1_400.0, "2024-12-30"), &["weeks by their last day"]);
    });
    let three = month_of("Year,Month,Day,SKU,Units", |_, d| {
        format!("{},T,5", d.to_string().replace("-0", ",").replace('-', ","))
    });
    written("three.csv", three.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &["dates from `Year`, `Month` and `Day`"]);
    });
    let era = month_of("date,sku,units", |_, d| format!("{},T,5", d.to_string().replace("2025", "2568")));
    written("era.csv", era.as_bytes(), |path| {
        refused(path, &none, &["its dates lie between 2568-03-03 and 2568-03-30", "Buddhist era"])
    });
}

/// What is no sale by its kind, and series that cannot be sales by their course, are pointed out.
#[test]
fn what_can_hardly_be_sales_is_pointed_out() {
    let none = Columns::default();
    for word in ["Rückerstattung", "CREDIT MEMO", "Reembolso", "Rimborso", "Stock adjustment", "write-off"] {
        let lines = month_of("date,sku,units,Kind of line", |k, d| {
            format!("{d},T,5,{}", if k == 5 { word } else { "Invoice" })
        });
        written("lines.csv", lines.as_bytes(), |path| {
            reads(path, &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &["column `Kind of line` looks like a status"]);
        });
    }
    let running = month_of("date,sku,units", |k, d| format!("{d},T,{}", 5 * (k + 1)));
    written("running.csv", running.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 2_030.0, "2025-03-03"), &["look like running totals"]);
    });
    let level = month_of("date,sku,units", |k, d| format!("{d},T,{}", 5 + k % 3));
    written("level.csv", level.as_bytes(), |path| {
        assert!(!said(&read_sales(path, &none).unwrap()).contains("running"))
    });
    let months: String = (1..=12).map(|m| format!(",2025-{m:02}")).collect();
    let ahead =
        format!("sku{months}\nA{}{}\nB{}{}\n", ",10".repeat(8), ",0".repeat(4), ",20".repeat(8), ",0".repeat(4));
    written("ahead.csv", ahead.as_bytes(), |path| {
        reads(
            path,
            &none,
            (2, 12, Step::Month, 240.0, "2025-01-01"),
            &["last 4 months, after 2025-08-31", "--until 2025-08-31"],
        );
        let until = Columns { until: Some(restock::calendar::Day(20_331)), ..Columns::default() };
        reads(path, &until, (2, 8, Step::Month, 240.0, "2025-01-01"), &[]);
    });
    let cut = month_of("date,EAN,units", |_, d| format!("{d},4.00639E+12,5"));
    written("cut.csv", cut.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &["`4.00639E+12`", "column of items as text"])
    });
}

/// A year of two digits, or none at all, is not taken for what it is not.
#[test]
fn years_of_two_digits_are_where_they_are() {
    let none = Columns::default();
    let days = |form: &dyn Fn(&str, &str, &str) -> String| {
        month_of("date,sku,units", |_, d| {
            let text = d.to_string();
            format!("{},T,5", form(&text[..4], &text[5..7], &text[8..]))
        })
    };
    let first = days(&|y, m, d| format!("{}-{m}-{d}", &y[2..]));
    written("first.csv", first.as_bytes(), |path| {
        refused(
            path,
            &none,
            &["`25-03-03` and the other dates seem to have the year first", "--date-format '%y-%m-%d'"],
        );
        let told = Columns { date_format: some("%y-%m-%d"), ..Columns::default() };
        reads(path, &told, (1, 28, Step::Day, 140.0, "2025-03-03"), &[]);
    });
    let last = days(&|y, m, d| format!("{d}.{m}.{}", &y[2..]));
    written("last.csv", last.as_bytes(), |path| reads(path, &none, (1, 28, Step::Day, 140.0, "2025-03-03"), &[]));
    written("day.csv", days(&|_, _, d| format!("{d}-Mar")).as_bytes(), |path| {
        refused(path, &none, &["`03-Mar` has no year"])
    });
    written("month.csv", days(&|_, _, d| format!("Mar-{d}")).as_bytes(), |path| {
        refused(path, &none, &["`Mar-03` and the other dates seem to have no year"]);
    });
    let months = "date,sku,units\nJan-25,T,5\nFeb-25,T,6\nMar-25,T,7\n";
    written("months.csv", months.as_bytes(), |path| reads(path, &none, (1, 3, Step::Month, 18.0, "2025-01-01"), &[]));
}

#[test]
fn months_may_be_called_by_a_working_day_and_other_strides_are_said() {
    let none = Columns::default();
    let of = |days: &[&str]| days.iter().fold("date,sku,units\n".to_owned(), |text, d| text + &format!("{d},T,100\n"));
    let last = of(&["2024-05-31", "2024-06-28", "2024-07-31", "2024-08-30", "2024-09-30", "2024-10-31", "2024-11-29"]);
    written("last.csv", last.as_bytes(), |path| {
        reads(path, &none, (1, 7, Step::Month, 700.0, "2024-05-01"), &["months by their last working day"]);
    });
    let tenth: String = (0..20).map(|k| format!("{},T,100\n", restock::calendar::Day(20_089 + 10 * k))).collect();
    written("tenth.csv", ("date,sku,units\n".to_owned() + &tenth).as_bytes(), |path| {
        reads(path, &none, (1, 191, Step::Day, 2_000.0, "2025-01-01"), &["10 days apart throughout", "--every month"]);
    });
}

/// Movements of stock, flags, fees, measures and means are no sales, or not as they stand.
#[test]
fn what_is_beside_sales_is_pointed_out() {
    let none = Columns::default();
    let first = "2025-03-03";
    let issues = month_of("date,sku,units", |_, d| format!("{d},T,-5"));
    written("issues.csv", issues.as_bytes(), |path| {
        refused(path, &none, &["all 28 rows that have some are negative", "issues of stock"])
    });
    let nothing = month_of("date,sku,units", |_, d| format!("{d},T,0"));
    written("nothing.csv", nothing.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 0.0, first), &["no row has more than 0 units"]);
    });
    let moves = month_of("date,sku,units", |k, d| format!("{d},T,{}", if k % 7 == 0 { 40 } else { -5 }));
    written("moves.csv", moves.as_bytes(), |path| {
        reads(
            path,
            &none,
            (1, 28, Step::Day, 160.0, first),
            &["24 rows with negative units", "more of them than sales"],
        );
    });
    for (name, set, unset) in
        [("Cancelled at", "2025-03-20", ""), ("is_refunded", "1", "0"), ("Storniert", "ja", "nein")]
    {
        let flagged = month_of(&format!("date,sku,units,{name}"), |k, d| {
            format!("{d},T,5,{}", if k % 9 == 0 { set } else { unset })
        });
        written("flagged.csv", flagged.as_bytes(), |path| {
            let unset = if unset.is_empty() { "\"\"" } else { unset };
            let words = [format!("column `{name}` is set in 4 of 28 rows"), format!("--where '{name} = {unset}'")];
            reads(path, &none, (1, 28, Step::Day, 140.0, first), &[&words[0], &words[1]]);
            let kept = Columns { conditions: vec![format!("{name} = {unset}")], ..Columns::default() };
            reads(path, &kept, (1, 26, Step::Day, 120.0, "2025-03-04"), &["4 of 28 rows"]);
        });
    }
    let returned = month_of("date,sku,units,returned qty", |_, d| format!("{d},T,5,1"));
    written("returned.csv", returned.as_bytes(), |path| {
        assert!(!said(&read_sales(path, &none).unwrap()).contains("is set in"))
    });
    let fees = month_of("date,sku,units", |_, d| format!("{d},Lamp,5\n{d},SHIPPING,1\n{d},Gift card,1"));
    written("fees.csv", fees.as_bytes(), |path| {
        reads(
            path,
            &none,
            (3, 28, Step::Day, 196.0, first),
            &["`Gift card`, `SHIPPING` are called as fees", "--where 'sku not in (Gift card, SHIPPING)'"],
        );
    });
    let measures = month_of("date,sku,units,UoM", |k, d| format!("{d},T,5,{}", ["EA", "CS"][k % 2]));
    written("measures.csv", measures.as_bytes(), |path| {
        reads(
            path,
            &none,
            (1, 28, Step::Day, 140.0, first),
            &["column `UoM` says that units are of several measures", "EA 14"],
        );
    });
    let mean = "sku,2025-01,2025-02,2025-03\nA,1,2,3\nB,3,4,5\nAverage,2,3,4\n";
    written("mean.csv", mean.as_bytes(), |path| {
        reads(path, &none, (2, 3, Step::Month, 18.0, "2025-01-01"), &["item `Average` is the mean of 2 others"]);
    });
    let joined = month_of("date,sku,units", |k, d| {
        if k == 13 { format!("{d},=\"007\",5\ndate,sku,units") } else { format!("{d},=\"007\",5") }
    });
    written("joined.csv", joined.as_bytes(), |path| {
        reads(path, &none, (1, 28, Step::Day, 140.0, first), &[]);
        assert_eq!(read_sales(path, &none).unwrap().panel.items[0].name, "007");
    });
}

/// A table with a column an item may tell parts of the date again, and a sum: a pharmacy's file looks so. They are no items.
#[test]
fn parts_of_dates_are_no_items() {
    let text = month_of("datum,M01AB,N02BE,R03,Sales=A+B+C,Year,Month,Hour,Weekday Name", |k, d| {
        let (a, b, c) = (3 + (k * 7) % 5, 2 + (k * 3) % 4, 6 + (k * 5) % 3);
        format!("{d},{a},{b},{c},{},2025,3,248,Monday", a + b + c)
    });
    let all: f64 = (0..28).map(|k| (11 + (k * 7) % 5 + (k * 3) % 4 + (k * 5) % 3) as f64).sum();
    let day = restock::calendar::Day(20_150).to_string();
    let words = ["`Year`, `Month`, `Hour`, `Weekday Name` are called as parts of a date", "`Sales=A+B+C`"];
    written("pharmacy.csv", text.as_bytes(), |path| {
        reads(path, &Columns::default(), (3, 28, Step::Day, all, &day), &words);
        let across = Columns { shape: Some(Shape::ItemsAcross), ..Columns::default() };
        reads(path, &across, (3, 28, Step::Day, all, &day), &words);
    });
}

/// A pipe gives its bytes once, and a forecast needs them no second time; rows of several items that no column of items parts are said to be added up.
#[cfg(unix)]
#[test]
fn a_forecast_reads_a_pipe_and_a_history_says_what_it_adds_up() {
    use std::io::Write;
    let dir = scratch("piped");
    let text = month_of("date,sku,units", |k, d| format!("{d},A,{}\n{d},B,{}", 5 + k % 3, 2 + k % 2));
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_restock"));
    run.args(["forecast", "/dev/stdin", "--paths", "50", "--no-record", "--out", "out"]).current_dir(&dir);
    let mut child = run
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(std::fs::read_to_string(dir.join("out/totals.csv")).unwrap().lines().any(|l| l.starts_with("A,")));
    std::fs::write(dir.join("sales.csv"), &text).unwrap();
    let check = |more: &str| {
        let text = format!(
            "\
                 name = \"x\"\n\
                 [horizon]\n\
                 start = 2025-03-31\n\
                 days = 30\n\
                 [[product]]\n\
                 sku = \"A\"\n\
                 price = 60\n\
                 unit-cost = 14\n\
                 [demand]\n\
                 history = {{ file = \"sales.csv\"{more} }}\n"
        );
        std::fs::write(dir.join("s.toml"), text).unwrap();
        let out = restock_in(&dir, &["check", "s.toml"]);
        String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout)
    };
    let told = check("");
    assert!(
        told.contains("column `sku` holds 2 items, whose units were added up") && told.contains("`sku = \"sku\"`"),
        "{told}"
    );
    assert!(!check(", sku = \"sku\"").contains("added up"));
}
