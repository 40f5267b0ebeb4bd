package main

import (
	"io"
	"log/slog"
	"os"
)

// logger writes to standard error: text for a person, JSON for a machine.
func (l loggingSettings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil {
		level = slog.LevelInfo // the grammar lets only levels through
	}
	options := &slog.HandlerOptions{Level: level}
	if l.LogFormat == "text" || l.LogFormat == "auto" && terminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// terminal tells whether a person reads this.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
