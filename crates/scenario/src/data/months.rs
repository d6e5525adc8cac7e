//! Names of months in the languages that sales files come in.

/// Names without accents, by month: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish (nominative, genitive).
const NAMES: [&[&str]; 12] = [
    &["january", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "styczen", "stycznia", "jaenner"],
    &["february", "februar", "fevrier", "febrero", "febbraio", "fevereiro", "februari", "luty", "lutego"],
    &["march", "marz", "maerz", "mrz", "mars", "marzo", "marco", "maart", "mrt", "marzec", "marca"],
    &["april", "avril", "abril", "aprile", "kwiecien", "kwietnia"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwiec", "czerwca"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipiec", "lipca"],
    &["august", "aout", "agosto", "augustus", "sierpien", "sierpnia"],
    &["september", "septembre", "septiembre", "setiembre", "settembre", "setembro", "wrzesien", "wrzesnia"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro", "pazdziernik", "pazdziernika"],
    &["november", "novembre", "noviembre", "novembro", "listopad", "listopada"],
    &["december", "dezember", "decembre", "diciembre", "dicembre", "dezembro", "grudzien", "grudnia"],
];

/// Lower case, without accents.
pub(super) fn plain(text: &str) -> String {
    let bare = |c: char| match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'ą' => 'a',
        'ç' | 'ć' => 'c',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' => 'n',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ś' => 's',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ź' | 'ż' => 'z',
        c => c,
    };
    text.chars().flat_map(char::to_lowercase).map(bare).collect()
}

/// The month of a name or of an abbreviation of three letters or more, a point behind it or not. Absent if it is none, or could
/// be two (`jui`).
pub(super) fn month(text: &str) -> Option<i8> {
    let text = plain(text.trim().trim_end_matches('.'));
    if text.len() < 3 || !text.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut months = (1..=12).filter(|m| NAMES[*m as usize - 1].iter().any(|name| name.starts_with(&text)));
    months.next().filter(|_| months.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn months_of_eight_languages() {
        for (texts, m) in [
            ("Jan jan. January Januar janv ene gen jan stycznia", 1),
            ("Feb févr fév feb luty lut", 2),
            ("Mar Mrz März Mär mars marzo março mrt maart marzec", 3),
            ("Apr avr abr kwi", 4),
            ("May Mai mayo mag maio mei maj", 5),
            ("Jun juin giu junho cze", 6),
            ("Jul juil lug julho lip", 7),
            ("Aug août aoû ago sie", 8),
            ("Sep sept set wrz", 9),
            ("Oct Okt oct ott out paź", 10),
            ("Nov lis noviembre", 11),
            ("Dec Dez déc dic gru", 12),
        ] {
            for text in texts.split(' ') {
                assert_eq!(month(text), Some(m), "{text}");
            }
        }
        for text in ["jui", "ja", "ma", "total", "mon", "Mrx", "q1", "marble"] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
