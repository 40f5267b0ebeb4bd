package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/gatehouse-id/gatehouse/breach"
)

type breachCheckCmd struct {
	Index   breachDir `embed:""`
	Key     keyFile   `embed:""`
	User    string    `placeholder:"NAME" help:"Tell too whether the password leaked with this user name. Needs lists of pairs, and their key."`
	Builtin bool      `help:"Ask the list inside this program instead of an index."`
}

// maxTyped is the longest password that is read.
const maxTyped = 64 << 10

// Run answers each line of standard input with one line, which tells nothing of
// the password. On a terminal nothing is echoed, and nothing is remembered.
func (c *breachCheckCmd) Run(ctx context.Context, std streams) (err error) {
	index := breach.Builtin()
	if !c.Builtin {
		if index, err = c.Index.open(c.Key); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, index.Close()) }()
	}
	if c.User != "" && !index.HasPairs() {
		return errors.New("--user: there is no list of pairs in the index")
	}
	next := passwords(std)
	for number := 1; ctx.Err() == nil; number++ {
		password, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read password %d: %w", number, err)
		}
		answer, err := c.ask(index, password)
		if err != nil {
			return fmt.Errorf("ask about password %d: %w", number, err)
		}
		if _, err := fmt.Fprintln(std.out, answer); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// ask is the line for one password.
func (c *breachCheckCmd) ask(index *breach.Index, password string) (string, error) {
	count, err := index.Count(breach.Sum(password))
	if err != nil {
		return "", err
	}
	answer := "not found"
	if count > 0 {
		answer = fmt.Sprintf("found %d", count)
	}
	if c.User == "" {
		return answer, nil
	}
	pairs, err := index.CountPair(c.User, password)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, with this user %d", answer, pairs), nil
}

// passwords reads them from standard input, one at a time, until io.EOF.
func passwords(std streams) func() (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		return typed(fd, std.err)
	}
	return lines(os.Stdin)
}

// lines reads passwords from a file or a pipe.
func lines(r io.Reader) func() (string, error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxTyped)
	return func() (string, error) {
		if scan.Scan() {
			return scan.Text(), nil
		}
		if errors.Is(scan.Err(), bufio.ErrTooLong) {
			return "", fmt.Errorf("longer than %d bytes", maxTyped)
		}
		if err := scan.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
}

// typed reads passwords from a person; an empty one ends.
func typed(fd int, prompt io.Writer) func() (string, error) {
	return func() (string, error) {
		fmt.Fprint(prompt, "password, empty to end: ")
		text, err := term.ReadPassword(fd)
		fmt.Fprintln(prompt)
		if err == nil && len(text) == 0 {
			err = io.EOF
		}
		return string(text), err
	}
}
