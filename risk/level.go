package risk

import "fmt"

// Level is how much an attempt should worry us. Levels are ordered.
type Level uint8

// The levels. With the cut points that are shipped, Low is reached by the most
// unusual 5 % of honest sign-ins, Medium by 1 %, High by 0.2 %.
const (
	None Level = iota
	Low
	Medium
	High
)

var levelNames = [...]string{"none", "low", "medium", "high"}

// String gives "none", "low", "medium" or "high". A level that does not exist
// reads as the highest, for it must never pass as harmless.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return levelNames[High]
}

// MarshalText writes what String gives.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what MarshalText writes, and refuses everything else.
func (l *Level) UnmarshalText(text []byte) error {
	for i, name := range levelNames {
		if string(text) == name {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("risk: no level is called %.20q", text)
}
