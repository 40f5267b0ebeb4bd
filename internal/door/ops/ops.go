// Package ops gives what watches over a server: health and metrics, on a listener of its own.
//
//	GET /healthz    200 "ok" while the database answers, else 503
//	GET /metrics    Prometheus' text form
//
// It asks for no credentials: the listener is private, on loopback by default
// where it is set at all. Metrics hold ids of pools and names of operations,
// and nothing of a user.
package ops

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
)

// Config of the door.
type Config struct {
	Meter *report.Meter
	Log   *report.Log
	// Healthy tells whether requests can be served.
	Healthy func(context.Context) error
	// Gauges are read each time that somebody asks.
	Gauges []Gauge
}

// Gauge is a value of the moment.
type Gauge struct {
	Name, Help string
	Read       func(context.Context) (float64, error)
}

const (
	namespace = "gatehouse"
	// healthTime is how long the database may take to show that it is there.
	healthTime = 2 * time.Second
)

// New makes the door.
func New(cfg Config) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newCollector(cfg))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTime)
		defer cancel()
		w.Header().Set("Cache-Control", "no-store")
		if err := cfg.Healthy(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ok\n")) //nolint:errcheck // nobody is left to tell
	})
	return mux
}

// collector translates our counters.
type collector struct {
	cfg      Config
	requests *prometheus.Desc
	counters map[*report.Metric]*prometheus.Desc
	gauges   []*prometheus.Desc
}

func newCollector(cfg Config) *collector {
	c := &collector{cfg: cfg, counters: map[*report.Metric]*prometheus.Desc{}}
	c.requests = prometheus.NewDesc(namespace+"_requests_total", "Requests, by operation and how they ended.", []string{"operation", "outcome"}, nil)
	for _, m := range report.Metrics {
		c.counters[m] = prometheus.NewDesc(namespace+"_"+m.Name, m.Help, m.Labels, nil)
	}
	for _, g := range cfg.Gauges {
		c.gauges = append(c.gauges, prometheus.NewDesc(namespace+"_"+g.Name, g.Help, nil, nil))
	}
	return c
}

// Describe tells what there is.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	to <- c.requests
	for _, d := range c.counters {
		to <- d
	}
	for _, d := range c.gauges {
		to <- d
	}
}

// Collect tells what the values are.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	for _, n := range c.cfg.Log.Counts() {
		to <- prometheus.MustNewConstMetric(c.requests, prometheus.CounterValue, float64(n.N), n.Operation, n.Outcome)
	}
	for _, s := range c.cfg.Meter.Samples() {
		to <- prometheus.MustNewConstMetric(c.counters[s.Metric], prometheus.CounterValue, float64(s.N), s.Labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthTime)
	defer cancel()
	for i, g := range c.cfg.Gauges {
		v, err := g.Read(ctx)
		if err != nil {
			to <- prometheus.NewInvalidMetric(c.gauges[i], err)
			continue
		}
		to <- prometheus.MustNewConstMetric(c.gauges[i], prometheus.GaugeValue, v)
	}
}
