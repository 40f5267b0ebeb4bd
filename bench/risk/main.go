// Command risk measures the risk engine on generated populations, beside the
// scores that were published before it.
//
//	go run ./bench/risk worlds -seed 1 -variant shifted > events.jsonl   labelled attempts
//	go run ./bench/risk report                                           tables, JSON and charts
//	go run ./bench/risk calibrate                                        fit a world to published curves
//	go run ./bench/risk worlds -set training | gatehouse risk train      what makes risk/weights.json
//
// docs/risk-evaluation.md explains every figure, and which seeds are for what:
// nothing is reported on a world whose seed was used in training.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// commands by name.
var commands = map[string]func(args []string, out io.Writer) error{
	"worlds":    worlds,
	"report":    report,
	"calibrate": calibrate,
}

func main() {
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	err := run(os.Args[1:], out)
	if err := errors.Join(err, out.Flush()); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "bench/risk:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("want a command: worlds, report or calibrate")
	}
	command, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("no command %.40q: want worlds, report or calibrate", args[0])
	}
	return command(args[1:], out)
}
