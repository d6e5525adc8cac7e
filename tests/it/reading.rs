//! Sales files as they come: each is read as it plainly says, or refused with what is wrong. The files of `tests/sales` are small
//! inputs of our own, made after what people complain of.

use restock::data::{Columns, DateOrder, DecimalMark, Layout, Sales, Unfinished, read_sales};
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
    written("quarters.csv", b"date,sku,units\n2025-Q1,T,5\n", |path| {
        refused(path, &none, &["`2025-Q1` is a quarter", "give months"])
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
