fn main() {
    for case in restock::verify::cases() {
        let t = std::time::Instant::now();
        for f in case.run(None) {
            println!("{} {:<45} {:<28} exact {:<12} found {:<12.6} se {:<10.2e} {:.2}", if f.holds() {"ok  "} else {"FAIL"}, case.name, f.what, f.exact, f.found, f.standard_error, f.standard_errors());
        }
        eprintln!("   {:?}", t.elapsed());
    }
}
