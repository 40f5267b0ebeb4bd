package ops_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/door/ops"
)

func get(t *testing.T, h http.Handler, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w.Code, w.Body.String()
}

func TestOps(t *testing.T) {
	meter, log := new(report.Meter), report.New(report.Config{})
	rec, _ := log.Open(t.Context(), "1")
	rec.Operation("InitiateAuth")
	rec.Close()
	meter.Add(report.BreachUnreadable, "eu_1", "SIGN_IN")
	var sick, blind error
	h := ops.New(ops.Config{
		Meter: meter, Log: log, Healthy: func(context.Context) error { return sick },
		Gauges: []ops.Gauge{{Name: "things", Help: "Things.", Read: func(context.Context) (float64, error) { return 3, blind }}},
	})
	t.Run("metrics tell counters and gauges in Prometheus' form", func(t *testing.T) {
		code, text := get(t, h, "GET", "/metrics")
		for _, want := range []string{
			`gatehouse_requests_total{operation="InitiateAuth",outcome="OK"} 1`,
			`gatehouse_breach_unreadable_total{event="SIGN_IN",pool="eu_1"} 1`,
			"# TYPE gatehouse_breach_unreadable_total counter",
			"gatehouse_things 3", "go_goroutines ",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("status %d without %q:\n%s", code, want, text)
			}
		}
	})
	t.Run("a gauge that cannot be read takes nothing else away", func(t *testing.T) {
		blind = errors.New("no database")
		code, text := get(t, h, "GET", "/metrics")
		if code != http.StatusOK || strings.Contains(text, "gatehouse_things") || !strings.Contains(text, "gatehouse_breach_unreadable_total") {
			t.Errorf("got %d:\n%s", code, text)
		}
	})
	t.Run("health is that of the database, and says nothing of why", func(t *testing.T) {
		if code, text := get(t, h, "GET", "/healthz"); code != http.StatusOK || text != "ok\n" {
			t.Errorf("got %d %q", code, text)
		}
		sick = errors.New("dial postgres://user:password@db")
		if code, text := get(t, h, "GET", "/healthz"); code != http.StatusServiceUnavailable || text != "the database does not answer\n" {
			t.Errorf("got %d %q", code, text)
		}
	})
	t.Run("there is nothing else, and nothing to change", func(t *testing.T) {
		for _, c := range [][2]string{{"GET", "/"}, {"GET", "/debug/pprof/"}, {"POST", "/metrics"}, {"DELETE", "/healthz"}} {
			if code, _ := get(t, h, c[0], c[1]); code != http.StatusNotFound && code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: got %d", c[0], c[1], code)
			}
		}
	})
}
