package report_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
)

func TestMeter(t *testing.T) {
	m := new(report.Meter)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				m.Add(report.BreachUnreadable, "eu_1", "SIGN_IN")
			}
		})
	}
	wg.Wait()
	m.Add(report.BreachUnreadable, "eu_1", "")
	m.Add(report.CandidatesTried, "eu_1", "match")
	want := []report.Sample{
		{Metric: report.CandidatesTried, Labels: []string{"eu_1", "match"}, N: 1},
		{Metric: report.BreachUnreadable, Labels: []string{"eu_1", ""}, N: 1},
		{Metric: report.BreachUnreadable, Labels: []string{"eu_1", "SIGN_IN"}, N: 800},
	}
	if got := m.Samples(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	t.Run("a nil one counts nothing", func(t *testing.T) {
		var none *report.Meter
		none.Add(report.BreachUnreadable, "eu_1", "SIGN_IN")
		if got := none.Samples(); got != nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("labels that the metric does not have are our mistake", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("it went unnoticed")
			}
		}()
		m.Add(report.BreachUnreadable, "eu_1")
	})
}
