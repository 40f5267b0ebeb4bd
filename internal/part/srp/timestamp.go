package srp

import (
	"errors"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// timestampLayout is `EEE MMM d HH:mm:ss z yyyy` with English names and UTC.
// The day has no leading zero, the clock has.
const timestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

// FormatTimestamp writes TIMESTAMP as clients send it: `Tue Nov 3 04:05:06 UTC 2026`.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// ParseTimestamp reads TIMESTAMP and accepts only what FormatTimestamp would
// write, so that one moment has one spelling under the signature. The error is
// a fault in Cognito's words. Whether the moment is near is the caller's question.
func ParseTimestamp(s string) (time.Time, error) {
	t, err := time.Parse(timestampLayout, s)
	if err == nil && FormatTimestamp(t) != s {
		// time.Parse forgives a padded day, a short hour and the wrong weekday.
		err = errors.New("not the canonical spelling")
	}
	if err != nil {
		// The cause would quote the input; the input is the client's, so it stays out of the log.
		return time.Time{}, fault.New(fault.InvalidParameter,
			"TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
	}
	return t, nil
}
