package scene

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// story is a title and what happens, line by line.
type story struct {
	title string
	file  string
	steps []step
}

// step is one line of a story, with the lines that continue it.
type step struct {
	line int // the first one
	verb string
	rest string
}

func (s step) String() string { return strings.TrimSpace(s.verb + " " + s.rest) }

func readFile(path string) ([]story, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read stories: %w", err)
	}
	stories, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	for i := range stories {
		stories[i].file = filepath.Base(path)
	}
	return stories, nil
}

// parse reads stories. Its error begins with the number of a line.
func parse(text string) ([]story, error) {
	var stories []story
	titles := map[string]bool{}
	inTitle := false
	for i, line := range strings.Split(text, "\n") {
		number, line := i+1, strings.TrimRight(line, " \t\r")
		title, isTitle := strings.CutPrefix(line, "#")
		title = strings.TrimSpace(title)
		var now *story
		if len(stories) > 0 {
			now = &stories[len(stories)-1]
		}
		switch {
		case isTitle && inTitle:
			now.title += " " + title
		case isTitle:
			stories = append(stories, story{title: title})
		case line == "" || strings.HasPrefix(line, "//"):
		case now == nil:
			return nil, fmt.Errorf("%d: a step stands before the first title", number)
		case strings.ContainsRune(" \t}]", rune(line[0])):
			if len(now.steps) == 0 {
				return nil, fmt.Errorf("%d: there is no step to continue", number)
			}
			now.steps[len(now.steps)-1].rest += "\n" + line
		default:
			verb, rest, _ := strings.Cut(line, " ")
			now.steps = append(now.steps, step{number, verb, strings.TrimSpace(rest)})
		}
		inTitle = isTitle
	}
	for _, s := range stories {
		if len(s.steps) == 0 || titles[s.title] {
			return nil, fmt.Errorf("1: the story %q is empty or there twice", s.title)
		}
		titles[s.title] = true
	}
	if len(stories) == 0 {
		return nil, errors.New("1: there is no story")
	}
	return stories, nil
}

// word cuts the first word off.
func word(s string) (first, rest string) {
	s = strings.TrimLeft(s, " \t\n")
	end := strings.IndexAny(s, " \t\n")
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimLeft(s[end:], " \t\n")
}
