//! Days of the calendar, as they stand in numbers. Not a clock: any year may be.

/// Whether there is such a day.
pub(super) fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether there is such a day in some century.
pub(super) fn is_short_day(year: u32, month: u32, day: u32) -> bool {
    // 2000 was a leap year, so it has every day that a year which ends in 00 may have.
    is_day(2000 + year % 100, month, day)
}

/// Year, month and day out of six digits in this order.
pub(super) fn parts(six: u64) -> (u32, u32, u32) {
    let part = |divisor: u64| u32::try_from(six / divisor % 100).unwrap_or(0);
    (part(10_000), part(100), part(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leap_days_are_where_the_calendar_has_them() {
        assert!(is_day(2024, 2, 29) && is_day(2000, 2, 29) && is_day(2023, 12, 31));
        assert!(!is_day(1900, 2, 29) && !is_day(2023, 2, 29));
        assert!(!is_day(2023, 4, 31) && !is_day(2023, 0, 1) && !is_day(2023, 13, 1) && !is_day(2023, 1, 0));
    }

    #[test]
    fn six_digits_come_apart() {
        assert_eq!(parts(871_220), (87, 12, 20));
        assert_eq!(parts(7), (0, 0, 7));
    }
}
