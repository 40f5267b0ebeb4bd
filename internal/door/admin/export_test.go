package admin

import "time"

// Row is one of the table, for tests outside.
type Row struct{ Method, Path, Name string }

// Rows is the table.
func Rows() (list []Row) {
	for _, r := range rows {
		list = append(list, Row{r.method, r.path, r.name})
	}
	return list
}

// SinceOf is what a replay's since means.
func SinceOf(text string, now time.Time) (time.Time, error) { return sinceOf(text, now) }
