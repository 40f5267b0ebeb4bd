package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

type breachServeCmd struct {
	Index   breachDir       `embed:""`
	Key     keyFile         `embed:""`
	Listen  string          `placeholder:"HOST:PORT" default:"127.0.0.1:9471" help:"Address to serve on, without TLS: put a proxy in front for other machines, and let it limit rates and log no paths. Port 0 takes a free one."`
	Logging loggingSettings `embed:"" group:"Logging"`
}

const (
	indexWatched = 10 * time.Second // how soon a new corpus is noticed
	lastRequests = 10 * time.Second // how long requests may take that are under way when the server stops
)

// Run serves until ctx ends. The first line of standard output is always
// "listening on http://HOST:PORT": scripts wait for it.
func (c *breachServeCmd) Run(ctx context.Context, std streams) (err error) {
	log := c.Logging.logger(std.err)
	index, err := c.Index.open(c.Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           hibp.NewHandler(hibp.HandlerConfig{Index: index, Log: log}),
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	fmt.Fprintf(std.out, "listening on http://%s\n", listener.Addr())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		index.Watch(ctx, indexWatched, func(_ bool, err error) {
			if err != nil {
				log.Error("the new corpus can't be used; the one before goes on", "error", err)
				return
			}
			log.Info("new corpus", "epoch", index.Epoch())
		})
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRequests)
		defer cancel()
		return server.Shutdown(stop)
	})
	return group.Wait()
}
