//! The currency that a file says its prices are in.

use super::columns::words;
use super::table::Table;

/// Words of a column that holds codes of currencies.
const NAMES: [&str; 7] = ["currency", "wahrung", "devise", "moneda", "valuta", "waluta", "moeda"];

/// Codes that may stand in the name of a column of prices.
const CODES: [&str; 32] = [
    "USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "AED",
    "SAR", "INR", "IDR", "CNY", "JPY", "KRW", "SGD", "HKD", "TWD", "MXN", "BRL", "ZAR", "ILS", "THB", "MYR", "VND",
];

/// Signs that stand for one currency: a dollar, a yen or a crown may be of several countries.
const SIGNS: [(&str, &str); 7] =
    [("€", "EUR"), ("£", "GBP"), ("₹", "INR"), ("₩", "KRW"), ("₺", "TRY"), ("zł", "PLN"), ("R$", "BRL")];

/// Code of the currency: what a column of currencies holds throughout, else what the column of prices is called by or has beside its numbers.
/// Absent if the file does not say, or names several.
pub(super) fn currency(table: &Table, price: Option<&str>) -> Option<String> {
    let of_column = |i: usize| -> Option<String> {
        let cells = table.column(i).ok()?;
        let mut codes = cells.iter().map(|c| c.trim().to_uppercase()).filter(|c| !c.is_empty());
        let first = codes.next()?;
        let is_code = first.len() == 3 && first.chars().all(|c| c.is_ascii_alphabetic());
        (is_code && codes.all(|c| c == first)).then_some(first)
    };
    let names = table.names();
    let mut named = (0..names.len()).filter(|i| words(&names[*i]).iter().any(|w| NAMES.contains(&w.as_str())));
    if let Some(i) = named.next() {
        return of_column(i);
    }
    let at = names.iter().position(|n| price.is_some_and(|p| n.eq_ignore_ascii_case(p)))?;
    let sign_of = |text: &str| SIGNS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, code)| *code);
    let called = words(&names[at]).iter().find_map(|w| CODES.iter().find(|c| c.eq_ignore_ascii_case(w)).copied());
    if let Some(code) = called.or_else(|| sign_of(&names[at])) {
        return Some(code.to_owned());
    }
    let cells = table.column(at).ok()?;
    let mut signs = cells.iter().filter(|c| !c.is_empty()).map(sign_of);
    let first = signs.next()??;
    signs.all(|s| s == Some(first)).then(|| first.to_owned())
}
