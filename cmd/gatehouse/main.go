// Command gatehouse is the server and the tools around it, one file for each subcommand.
//
//	serve                     the server; --demo for the first look, --dev for laptops and CI
//	config check | doc        what is configured, and what can be
//	access-key create | list | delete
//	keys rotate
//	password calibrate
//	policy show | set | unset | history | rollback
//	threat events | explain | undo
//	lockout show | unlock
//	user export | erase-history
//	import cognito | lazy | log | users
//	breach build | download | verify | dump | check | allow | disallow | allowed | merge | diff | top | serve
//	risk score | explain | audit
//	geo lookup | build | info
//	version
//
// It ends with 0, with 1 when something did not work, with 2 when the command
// line is wrong. An error is one line on standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the grammar of the command line.
type cli struct {
	Serve     serveCmd     `cmd:"" help:"Serve the user pool API."`
	Config    configCmd    `cmd:"" help:"Show what is configured, and what can be."`
	AccessKey accessKeyCmd `cmd:"" help:"Make, list and delete the keys that sign administrators' requests."`
	Keys      keysCmd      `cmd:"" help:"Care for the keys that sign tokens."`
	Password  passwordCmd  `cmd:"" help:"Tune password hashing."`
	Policy    policyCmd    `cmd:"" help:"Show and set the threat policies of pools and clients."`
	Threat    threatCmd    `cmd:"" help:"List and explain the events of users, and take back what answers about them changed."`
	Lockout   lockoutCmd   `cmd:"" help:"Show what failures lock, and unlock."`
	User      userCmd      `cmd:"" help:"Export and erase what is kept of a user's sign-ins."`
	Import    importCmd    `cmd:"" help:"Take over user pools of Amazon Cognito, and users of other systems."`
	Breach    breachCmd    `cmd:"" help:"Get, update, ask and serve the index of leaked passwords."`
	Risk      riskCmd      `cmd:"" help:"Judge recorded sign-ins by their risk, and say why."`
	Geo       geoCmd       `cmd:"" help:"Tell where addresses are, and make atlases of places and networks."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

const description = "A self-hosted user pool that speaks Amazon Cognito's API and judges every sign-in."

// streams are the three of the process.
type streams struct {
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Environ(), streams{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

const (
	exitFailure = 1
	exitUsage   = 2
)

// run is the whole program: it answers with the exit code.
func run(ctx context.Context, args, environment []string, std streams) int {
	complain := func(err error) { fmt.Fprintln(std.err, "gatehouse:", oneLine(err)) }
	src := newSources(environment)
	parser, err := kong.New(&cli{},
		kong.Name("gatehouse"), kong.Description(description),
		kong.Writers(std.out, std.err), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(helpText), kong.Resolvers(src),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(src, std),
	)
	if err != nil {
		complain(err)
		return exitFailure
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	var wrong *misconfigured
	switch {
	case errors.As(err, &wrong):
		complain(wrong)
		return exitFailure
	case err != nil:
		complain(err)
		return exitUsage
	}
	if err := command.Run(); err != nil {
		complain(err)
		return exitFailure
	}
	return 0
}

// helpText is a flag's help with its default, which kong shows only where the
// form of the value is not.
func helpText(value *kong.Value) string {
	if value.Flag == nil || !value.HasDefault {
		return value.Help
	}
	return value.Help + " Default: " + value.Default
}

// oneLine writes joined errors on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
