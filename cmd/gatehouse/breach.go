package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type breachCmd struct {
	Build    breachBuildCmd    `cmd:"" help:"Make an index of leaked hashes from published lists, and put it into use."`
	Download breachDownloadCmd `cmd:"" help:"Download the ranges of Have I Been Pwned, or what has changed in them."`
	Verify   breachVerifyCmd   `cmd:"" help:"Read everything and check every checksum."`
	Dump     breachDumpCmd     `cmd:"" help:"Show what a file of leaked hashes says about itself, or one of its pages."`
	Check    breachCheckCmd    `cmd:"" help:"Tell how often passwords were seen in leaks. They are read from standard input, never from the command line."`
	Allow    breachAllowCmd    `cmd:"" help:"Let leaked passwords pass until a day, noting who said so and why. They are read from standard input."`
	Disallow breachDisallowCmd `cmd:"" help:"Take an allowance back. The passwords are read from standard input."`
	Allowed  breachAllowedCmd  `cmd:"" help:"List what is allowed, by whom, why and until when."`
	Merge    breachMergeCmd    `cmd:"" help:"Merge segments of the index into one."`
	Diff     breachDiffCmd     `cmd:"" help:"Tell what changed between two files of leaked hashes."`
	Top      breachTopCmd      `cmd:"" help:"List the hashes that were seen most often."`
	Serve    breachServeCmd    `cmd:"" help:"Serve the range API of Pwned Passwords from the public part of the index, for other software."`
}

// breachDir is where commands find the index.
type breachDir struct {
	Dir string `placeholder:"DIR" default:"gatehouse-data/breach" help:"Folder of the index: segments, and the manifest that says which of them are in use."`
}

// open opens the index for questions.
func (d breachDir) open(key keyFile) (*breach.Index, error) {
	if err := d.exists(); err != nil {
		return nil, err
	}
	return breach.Open(d.Dir, breach.Options{Key: key.find})
}

// exists refuses a folder without an index, for commands that make none.
func (d breachDir) exists() error {
	_, err := breach.ReadManifest(d.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no index in %s: make one with gatehouse breach build", d.Dir)
	}
	return err
}

// manifest reads what is in use; nothing, if there is no index yet.
func (d breachDir) manifest() (breach.Manifest, error) {
	m, err := breach.ReadManifest(d.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return breach.Manifest{}, nil
	}
	return m, err
}

// path is where a segment of the manifest is.
func (d breachDir) path(m breach.Mount) string {
	return filepath.Join(d.Dir, filepath.FromSlash(m.Path))
}

// info reads what a segment says about itself.
func (d breachDir) info(m breach.Mount) (brx.Info, error) {
	s, err := brx.Open(d.path(m), brx.OpenOptions{Pread: true})
	if err != nil {
		return brx.Info{}, err
	}
	return s.Info(), s.Close()
}

// remove deletes files that are in use no longer. A server that still has them
// open goes on with them until it has seen the new manifest.
func (d breachDir) remove(list []breach.Mount) error {
	var errs []error
	for _, m := range list {
		if err := os.Remove(d.path(m)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// keyFile is where the key of keyed lists is kept.
type keyFile struct {
	KeyFile string `placeholder:"FILE" help:"File with the key of keyed lists, the base64 of 32 bytes. Whoever has it can test guesses against the list: keep it elsewhere."`
}

// read reads the key; nil if there is no file.
func (k keyFile) read() ([]byte, error) {
	if k.KeyFile == "" {
		return nil, nil
	}
	return server.ReadBreachKey(k.KeyFile)
}

// find gives the key to an index that has a list under it.
func (k keyFile) find([16]byte) ([]byte, error) {
	key, err := k.read()
	if err == nil && key == nil {
		err = fmt.Errorf("%w: give --key-file", breach.ErrNoKey)
	}
	return key, err
}
