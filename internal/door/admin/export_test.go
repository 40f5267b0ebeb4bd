package admin

import (
	"context"
	"net/http"
	"time"
)

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

// BeginReplay and EndReplay are what a replay of a pool does first and last.
func BeginReplay(d *Door, pool string) bool { return d.replays.begin(pool) }

// EndReplay is described above.
func EndReplay(d *Door, pool string) { d.replays.end(pool) }

// TakeTime is what a slow operation begins with.
func TakeTime(w http.ResponseWriter, r *http.Request, most time.Duration) (context.Context, context.CancelFunc) {
	return (&answer{w: w}).takeTime(r.Context(), most)
}

// Hurry gives slow operations no time at all.
func Hurry(d *Door) { d.slowest = 0 }
