//! The truth cases of the literature, within four standard errors (plus the discretisation that each states).
//!
//! Cases in continuous time run 40 replications of 100,000 days here; `restock verify` runs 400.

#[test]
fn every_case_is_reproduced() {
    let mut values = 0;
    for case in restock::verify::cases() {
        for f in case.run(Some(case.test_replications())) {
            values += 1;
            assert!(
                f.holds(),
                "{} / {}: exact {}, found {} with standard error {} ({:.1} of them off)",
                case.name,
                f.what,
                f.exact,
                f.found,
                f.standard_error,
                f.standard_errors()
            );
        }
    }
    assert_eq!(values, 141, "no case was lost");
}

/// The test can fail: a lead time of one day more is detected by every value of the first case.
#[test]
fn a_wrong_simulator_would_be_noticed() {
    let case = &restock::verify::cases()[0];
    let wrong = case.with_scenario(&case.scenario_text().replace("days = 4", "days = 5"));
    let findings = wrong.run(Some(500));
    assert!(findings.iter().all(|f| !f.holds()), "{findings:?}");
}
