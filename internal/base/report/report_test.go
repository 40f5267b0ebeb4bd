package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
)

// open begins a record whose line, without its time, can be compared.
func open(t *testing.T) (*report.Log, *report.Record, context.Context, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	log := report.New(report.Config{
		Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})),
		Now: func() time.Time { now = now.Add(time.Millisecond); return now },
	})
	rec, ctx := log.Open(t.Context(), "id-1")
	return log, rec, ctx, &out
}

func TestRecord(t *testing.T) {
	t.Run("a success is one line at Info", func(t *testing.T) {
		_, rec, ctx, out := open(t)
		report.From(ctx).Operation("InitiateAuth")
		report.From(ctx).Client("app")
		rec.Status(200)
		rec.Sizes(10, 20)
		rec.Close()
		rec.Close()
		want := "level=INFO msg=request id=id-1 outcome=OK status=200 took_ms=1 read=10 written=20 operation=InitiateAuth client=app\n"
		if got := out.String(); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	})
	t.Run("what a client did wrong is no error of ours, and tells its cause", func(t *testing.T) {
		_, rec, _, out := open(t)
		rec.Fail(fault.New(fault.NotAuthorized, "no").Because(errors.New("wrong password")))
		rec.Close()
		if got := out.String(); !strings.Contains(got, "level=INFO") || !strings.Contains(got, "outcome=NotAuthorizedException") || !strings.Contains(got, "wrong password") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("any other error is ours", func(t *testing.T) {
		_, rec, _, out := open(t)
		rec.Fail(errors.New("disk full"))
		rec.Close()
		if got := out.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "outcome=InternalErrorException") || !strings.Contains(got, "disk full") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a client that went away is no error of ours", func(t *testing.T) {
		_, rec, _, out := open(t)
		rec.Fail(fmt.Errorf("read pool: %w", context.Canceled))
		rec.Close()
		if got := out.String(); !strings.Contains(got, "level=INFO") || !strings.Contains(got, "outcome=Canceled") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a panic is ours and brings its stack", func(t *testing.T) {
		_, rec, _, out := open(t)
		rec.Panicked("index out of range", []byte("goroutine 1"))
		rec.Close()
		if got := out.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "goroutine 1") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("outside a request nothing is recorded and nothing breaks", func(t *testing.T) {
		rec := report.From(t.Context())
		rec.Operation("x")
		rec.Fail(errors.New("x"))
		rec.Close()
	})
}

func TestCounts(t *testing.T) {
	log := report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})
	var wg sync.WaitGroup
	for i := range 90 {
		wg.Go(func() {
			rec, _ := log.Open(t.Context(), "")
			rec.Operation([]string{"A", "B"}[i%2])
			if i%3 == 0 {
				rec.Fail(fault.New(fault.InvalidParameter, "x"))
			}
			rec.Close()
		})
	}
	wg.Wait()
	want := []report.Count{
		{"A", "InvalidParameterException", 15}, {"A", "OK", 30},
		{"B", "InvalidParameterException", 15}, {"B", "OK", 30},
	}
	if got := log.Counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
