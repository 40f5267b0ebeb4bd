package main

import "testing"

func TestReplaceFigures(t *testing.T) {
	page := "# Title\n" + figuresBegin + "old\n" + figuresEnd + "words\n"
	got, err := replaceFigures([]byte(page), []byte("new\n"))
	if want := "# Title\n" + figuresBegin + "new\n" + figuresEnd + "words\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for name, page := range map[string]string{
		"no place":          "# Title\n",
		"a place left open": figuresBegin + "old\n",
		"two places":        page + page,
		"in wrong order":    figuresEnd + figuresBegin,
	} {
		if _, err := replaceFigures([]byte(page), nil); err == nil {
			t.Errorf("a page with %s is not refused", name)
		}
	}
}
