package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/risk"
	"github.com/gatehouse-id/gatehouse/risk/fit"
)

type riskTrainCmd struct {
	Events    []string `required:"" placeholder:"FILE" help:"Labelled events to learn from, as bench/risk writes them; - for standard input. May be given several times."`
	Calibrate []string `required:"" placeholder:"FILE" help:"Labelled events of other worlds, for calibration and cut points."`
	Out       string   `required:"" placeholder:"FILE" help:"Where to write the weights."`
	Name      string   `default:"trained" help:"Name of the weights."`
	LeaveOut  string   `placeholder:"LABEL" help:"A kind of attacker not to learn from: to see how one that nobody thought of would fare."`
	Seed      uint64   `default:"1" help:"The same seed and events give the same bytes."`
}

// Run collects samples, fits, and writes the weights.
func (c *riskTrainCmd) Run(ctx context.Context, std streams) error {
	o := fit.Default()
	o.Name, o.Seed = c.Name, c.Seed
	samples, training, err := collectSamples(ctx, c.Events, true)
	if err != nil {
		return err
	}
	others, calibration, err := collectSamples(ctx, c.Calibrate, false)
	if err != nil {
		return err
	}
	if c.LeaveOut != "" {
		if samples, err = withoutLabel(samples, c.LeaveOut); err != nil {
			return err
		}
	}
	how := "gatehouse risk train"
	if c.LeaveOut != "" {
		how += " --leave-out " + c.LeaveOut
	}
	w, err := fit.Train(o, samples, others, fit.Record{How: how, Training: training, Calibration: calibration})
	if err != nil {
		return err
	}
	if err := writeWeights(c.Out, w); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%d samples, %d for calibration; on those, without rules:\n\n", len(samples), len(others))
	return tellFigures(std.out, fit.Measure(w, others))
}

func writeWeights(path string, w *risk.Weights) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	return errors.Join(fit.Write(f, w), f.Close())
}

func withoutLabel(samples []fit.Sample, label string) ([]fit.Sample, error) {
	var kept []fit.Sample
	for i := range samples {
		if samples[i].Label != label {
			kept = append(kept, samples[i])
		}
	}
	if len(kept) == len(samples) {
		return nil, fmt.Errorf("--leave-out: no event is labelled %.40q", label)
	}
	return kept, nil
}

// collectSamples replays worlds: as they are and, if masked, twice more with something
// taken away, so that weights do not lean on what a pool may lack.
func collectSamples(ctx context.Context, files []string, masked bool) (samples []fit.Sample, worlds []string, err error) {
	students := class()
	if !masked {
		students = students[:1]
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range students {
		s.lessons = make(chan []riskEvent, 4)
		group.Go(func() error {
			var failed error
			for events := range s.lessons {
				for i := range events {
					if failed == nil {
						failed = s.attend(&events[i])
					}
				}
			}
			return failed
		})
	}
	group.Go(func() error {
		defer func() {
			for _, s := range students {
				close(s.lessons)
			}
		}()
		for _, file := range files {
			if err := readLessons(ctx, file, students); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	for _, s := range students {
		samples = append(samples, s.samples...)
	}
	return samples, students[0].worlds, nil
}
