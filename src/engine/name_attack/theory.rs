//! What theory says of an attack, with the numbers put in.

use super::Poisoning;
use crate::{
    proto::dns::iterate::MISFITS_TOLERATED,
    sim::{
        formula::Formula,
        names::{guessed, guessed_before},
    },
};

/// The probability that one of `in_time` forged answers (a mean) is believed.
pub fn poisoning(poisoning: &Poisoning, letters: u32, in_time: f64) -> Formula {
    let Poisoning { id_bits, port_bits, .. } = *poisoning;
    let rest = id_bits + letters;
    let bits = rest + port_bits;
    let exponent =
        if letters > 0 { format!("({id_bits}+{port_bits}+{letters})") } else { format!("({id_bits}+{port_bits})") };
    let n = amount(in_time);
    if !poisoning.tcp_on_misfits {
        let value = guessed(bits, in_time);
        let numbers = format!("1 − (1 − 1/2^{exponent})^{n} = {}", amount(value));
        return Formula::of_number(value, "1 − (1 − 1/2^(id + port + letters))^n", numbers);
    }
    let most = MISFITS_TOLERATED;
    if port_bits == 0 {
        let value = guessed(bits, in_time.min(f64::from(most)));
        let numbers = format!("1 − (1 − 1/2^{exponent})^min({n}, {most}) = {}", amount(value));
        let symbols = format!("1 − (1 − 1/2^(id + port + letters))^min(n, {most})");
        return Formula::of_number(value, symbols, numbers);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of datagrams, not negative")]
    let tries = in_time.round() as u64;
    let value = guessed_before(port_bits, rest, tries, most);
    let numbers = format!(
        "of {n} tries at 2^{port_bits} ports, right before {most} at the right port are wrong: {}",
        amount(value)
    );
    let symbols = format!("P(one of n is right before {most} have come to the right port and were wrong)");
    Formula::of_number(value, symbols, numbers)
}

/// A number as a formula has it: four digits that count, powers of ten where it is very small or large.
pub fn amount(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e6).contains(&size) {
        let digits = if size >= 1000.0 || value.fract() == 0.0 {
            0
        } else if size >= 10.0 {
            2
        } else {
            4
        };
        return format!("{value:.digits$}");
    }
    let text = format!("{value:.3e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{digits}·10^{exponent}"),
        None => text,
    }
}

#[cfg(test)]
mod a_formula {
    use super::*;

    #[test]
    fn has_its_numbers_in_it() {
        let undefended = Poisoning { id_bits: 4, port_bits: 0, forged: 8, ..Poisoning::default() };
        assert_eq!(poisoning(&undefended, 0, 8.0).numbers, "1 − (1 − 1/2^(4+0))^8 = 0.4033");
        let defended = Poisoning { tcp_on_misfits: true, ..undefended.clone() };
        assert_eq!(poisoning(&defended, 0, 64.0).numbers, "1 − (1 − 1/2^(4+0))^min(64, 10) = 0.4755");
        let all = Poisoning { id_bits: 16, port_bits: 14, randomise_case: true, ..undefended };
        assert_eq!(poisoning(&all, 11, 100.0).numbers, "1 − (1 − 1/2^(16+14+11))^100 = 4.547·10^-11");
    }
}
