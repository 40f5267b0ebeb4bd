package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// api calls the server as an SDK would, without its cost.
type api struct {
	url  string
	http *http.Client
}

func newAPI(url string) *api {
	return &api{url, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: time.Minute}}
}

type object = map[string]any

func (a *api) call(ctx context.Context, operation string, in any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	res, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", operation, res.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// load is what one load measured.
type load struct {
	calls    int
	took     time.Duration
	cpu      time.Duration // of the server
	p50, p99 time.Duration
}

func (l load) rate() float64 { return float64(l.calls) / l.took.Seconds() }

func (l load) cpuPerCall() time.Duration { return l.cpu / time.Duration(max(l.calls, 1)) }

// drive lets n clients call as fast as they are answered, for a time.
func drive(ctx context.Context, p *process, n int, length time.Duration, call func(client int) error) (load, error) {
	before, err := p.cpu()
	if err != nil {
		return load{}, err
	}
	began := time.Now()
	deadline := began.Add(length)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		all  []time.Duration
		errs []error
	)
	for client := range n {
		wg.Go(func() {
			var own []time.Duration
			for time.Now().Before(deadline) && ctx.Err() == nil {
				t := time.Now()
				if err := call(client); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
				own = append(own, time.Since(t))
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return load{}, err
	}
	took := time.Since(began)
	after, err := p.cpu()
	if err != nil {
		return load{}, err
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[min(len(all)-1, int(q*float64(len(all))))] }
	return load{calls: len(all), took: took, cpu: after - before, p50: at(0.50), p99: at(0.99)}, nil
}
