use insta::assert_snapshot;

use crate::history::{UNITS, alert_view, alerts, alerts_view, listed_alerts};
use crate::sample::screen;

#[test]
fn a_line_an_alert() {
    let alerts = alerts();
    let listed = listed_alerts(&alerts, &UNITS);
    assert_snapshot!(alerts_view(&listed).terminal(&screen(120)), @r#"
         severity  series                                change            value         expected  since    state
    #42  critical  fast:parse#time               +22.6 % slower         15.20 ms         12.40 ms  4f2a91c  open
     #7  warning   fast:import/small#throughput   −12.0 % worse  1.100 M items/s  1.250 M items/s  4f2a91c  acknowledged
    "#);
    assert_snapshot!(alerts_view(&listed).terminal(&screen(50)), @r#"
         series                                change
    #42  fast:parse#time               +22.6 % slower
     #7  fast:import/small#throughput   −12.0 % worse
    "#);
    assert_eq!(alerts_view(&[]).terminal(&screen(80)), "✓ no alerts\n");
}

#[test]
fn one_alert_says_what_to_do() {
    let alerts = alerts();
    let listed = listed_alerts(&alerts, &UNITS);
    let open = alert_view(listed[0], &[12.4e6, 12.5e6, 12.3e6, 15.2e6]);
    assert_snapshot!(open.terminal(&screen(80)), @r#"
    ! alert #42 critical: fast:parse#time +22.6 %
      state     open
      opened    2026-11-20 08:02Z, 3 h ago
      value     15.20 ms
      expected  12.40 ms ± 110 µs
      branch    feature
      began at  4f2a91c
      testbed   linux/x86_64/2
      history   ▁▁▁█

    plimsoll alert ack 42 --note … says that someone knows; plimsoll baseline accept
      says that this is the new normal
    "#);
    assert_snapshot!(alert_view(listed[1], &[]).terminal(&screen(80)), @r#"
    ! alert #7 warning: fast:import/small#throughput −12.0 %
      state     acknowledged by ada
      opened    2026-11-20 08:02Z, 3 h ago
      value     1.100 M items/s
      expected  1.250 M items/s ± 110 k items/s
      branch    feature
      began at  4f2a91c
      note      known: the new format is checked
      testbed   linux/x86_64/2
    "#);
}

#[test]
fn alerts_for_programs() {
    let alerts = alerts();
    let listed = listed_alerts(&alerts, &UNITS);
    let value: serde_json::Value = serde_json::from_str(&alerts_view(&listed).json()).unwrap();
    assert_eq!(value["format"], "plimsoll.alerts/1");
    assert_eq!(value["alerts"][0]["id"], 42);
    assert_eq!(value["alerts"][0]["state"], "open");
    assert_eq!(value["alerts"][1]["unit"], "items/s");
    assert_eq!(value["alerts"][1]["by"], "ada");
}
