package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/part/forwarded"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Print the settings that hold and where each comes from, and tell what is wrong with them."`
	Doc   configDocCmd   `cmd:"" help:"Print the reference of all settings as Markdown."`
}

type configCheckCmd struct {
	Settings settings `embed:""`
}

// Run prints the settings, then checks what can be checked without starting
// anything: it connects to nothing and makes no file.
func (c *configCheckCmd) Run(ctx *kong.Context, src *sources, std streams) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	given := commandLine(ctx)
	for _, flag := range ctx.Flags() {
		if flag.Name == "help" {
			continue
		}
		from := "default"
		if given[flag.Name] {
			from = "--" + flag.Name
		} else if where := src.from[flag.Name]; where != "" {
			from = where
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", flag.Name, shown(flag), from)
	}
	if src.masterKey != "" {
		fmt.Fprintf(table, "master-key\t%s\t%s\n", hidden, masterKeyVariable)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return errors.Join(mistakes(c.Settings.server(src))...)
}

// commandLine names the flags that were given as such.
func commandLine(ctx *kong.Context) map[string]bool {
	given := map[string]bool{}
	for _, path := range ctx.Path {
		if path.Flag != nil && !path.Resolved {
			given[path.Flag.Name] = true
		}
	}
	return given
}

// shown is a setting's value without secrets; - when it has none.
func shown(flag *kong.Flag) string {
	var text string
	switch value := flag.Target.Interface().(type) {
	case []string:
		text = strings.Join(value, ",")
	case string:
		text = value
	case []proxyRange:
		text = joined(value)
	default:
		text = fmt.Sprint(value)
	}
	switch flag.Name {
	case "database", "smtp", "ses", "sms":
		text = redact(text)
	case "trigger":
		text = redactPairs(flag.Target.Interface())
	}
	if text == "" {
		return "-"
	}
	return text
}

// mistakes are what a start would stumble over, all of them.
func mistakes(cfg server.Config) []error {
	var list []error
	add := func(name string, err error) {
		if err != nil {
			list = append(list, fmt.Errorf("%s: %w", name, err))
		}
	}
	add("listen", cfg.CheckListen())
	_, err := forwarded.New(cfg.Proxies)
	add("proxies", err)
	if scheme, _, _ := strings.Cut(cfg.Database, ":"); cfg.Database != "" &&
		scheme != "sqlite" && scheme != "postgres" && scheme != "postgresql" {
		add("database", errors.New("want sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"))
	}
	add("master key", checkMasterKey(cfg))
	for _, channel := range []struct{ name, url string }{{"smtp", cfg.SMTP}, {"ses", cfg.SES}, {"sms", cfg.SMS}} {
		if channel.url != "" {
			_, err := notify.Open(channel.url)
			add(channel.name, err)
		}
	}
	_, err = trigger.NewFunctions(cfg.Triggers, trigger.Config{})
	add("trigger", err)
	for _, path := range cfg.BreachLists {
		add("breach-list", readable(path))
	}
	if cfg.BreachIndex != "" {
		add("breach-index", readable(cfg.BreachIndex))
	}
	_, err = cfg.Places()
	add("geo", err)
	return list
}

func checkMasterKey(cfg server.Config) error {
	switch {
	case cfg.MasterKey != "" && cfg.MasterKeyFile != "":
		return fmt.Errorf("both %s and master-key-file are given: give one", masterKeyVariable)
	case cfg.MasterKey != "":
		_, err := seal.ParseMaster(cfg.MasterKey)
		return err
	case cfg.MasterKeyFile != "":
		_, err := seal.ReadMaster(cfg.MasterKeyFile)
		return err
	}
	return nil
}

func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}
