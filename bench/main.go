// Command bench measures a running Gatehouse and prints ratios that survive a noisy machine.
//
//	go run ./bench             everything but the million users, about two minutes
//	go run ./bench -users 1000000
//	go run ./bench -only events -events 1000,1000000,10000000
//
// Every figure that is compared comes from the same run on the same machine:
// a sign-in against its floor, a page of a large pool against one of a small
// pool. The server is a process of its own, so its CPU and memory are its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"
)

// options of a run.
type options struct {
	binary   string
	database string
	seconds  time.Duration // of each load
	users    int           // of the large pool
	events   string        // how many are stored, by database
	rows     int           // of the file that is imported
	only     string
}

// figures are the lines that a measurement prints.
type figures struct{ w *tabwriter.Writer }

func (f figures) line(name, format string, args ...any) {
	fmt.Fprintf(f.w, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	f.w.Flush() //nolint:errcheck // standard output
}

// measurements in the order in which they run.
var measurements = []struct {
	name string
	run  func(context.Context, options, figures) error
}{
	{"start", measureStart},
	{"signin", measureSignIn},
	{"list", measureList},
	{"events", measureEvents},
	{"import", measureImport},
	{"devices", measureDevices},
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "", "the gatehouse binary; built when empty")
	flag.StringVar(&o.database, "database", "", "postgres://... instead of SQLite in a temporary folder")
	flag.DurationVar(&o.seconds, "time", 5*time.Second, "length of each load")
	flag.IntVar(&o.users, "users", 100_000, "users of the large pool in the listing measurement; devices in that of devices")
	flag.StringVar(&o.events, "events", "1000,100000", "how many events are stored in the databases that are compared")
	flag.IntVar(&o.rows, "rows", 100_000, "users of the file that is imported")
	flag.StringVar(&o.only, "only", "", "one of start, signin, list, events, import, devices")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.binary == "" {
		built, remove, err := build(ctx)
		if err != nil {
			return err
		}
		defer remove()
		o.binary = built
	}
	out := figures{tabwriter.NewWriter(os.Stdout, 44, 0, 2, ' ', 0)}
	found := false
	for _, m := range measurements {
		if o.only != "" && o.only != m.name {
			continue
		}
		found = true
		if err := m.run(ctx, o, out); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if !found {
		return errors.New("-only: want start, signin, list, events, import or devices")
	}
	return nil
}
