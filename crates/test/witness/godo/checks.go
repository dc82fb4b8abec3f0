package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/digitalocean/godo"
)

// Longest wait for anything, on the program's own clock, and the pause between two looks.
const (
	patience = 60 * time.Second
	pause    = 50 * time.Millisecond
)

type checks struct {
	ctx    context.Context
	client *godo.Client
	part   string
	count  int
}

// failed is what a check that does not hold panics with.
type failed string

// attempt runs a part, and returns what did not hold, or nothing.
func (c *checks) attempt(run func(*checks)) (failure string) {
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case failed:
			failure = string(caught)
		default:
			panic(caught)
		}
	}()
	run(c)
	return ""
}

// that fails with what was seen unless it holds.
func (c *checks) that(what string, holds bool, seen any) {
	if !holds {
		panic(failed(fmt.Sprintf("%s; saw %+v", what, seen)))
	}
	c.count++
	fmt.Printf("ok %s: %s\n", c.part, what)
}

// equal compares by depth.
func (c *checks) equal(what string, seen, wanted any) {
	if !reflect.DeepEqual(seen, wanted) {
		panic(failed(fmt.Sprintf("%s; saw %+v, wanted %+v", what, seen, wanted)))
	}
	c.that(what, true, nil)
}

// must takes a call that has to be accepted, and returns its result.
func must[T any](c *checks, what string) func(T, *godo.Response, error) T {
	return func(result T, _ *godo.Response, err error) T {
		if err != nil {
			panic(failed(fmt.Sprintf("%s: %v", what, err)))
		}
		c.that(what, true, nil)
		return result
	}
}

// done takes a call without a result that has to be accepted.
func (c *checks) done(what string) func(*godo.Response, error) {
	return func(response *godo.Response, err error) { must[any](c, what)(nil, response, err) }
}

// refused takes a call that has to be refused with one of these statuses, and returns the vendor's message.
func refused[T any](c *checks, what string, statuses ...int) func(T, *godo.Response, error) string {
	return func(_ T, _ *godo.Response, err error) string {
		var refusal *godo.ErrorResponse
		if !errors.As(err, &refusal) {
			panic(failed(fmt.Sprintf("%s: accepted, or no answer: %v", what, err)))
		}
		status := refusal.Response.StatusCode
		c.that(fmt.Sprintf("%s is refused with %v", what, statuses), slices.Contains(statuses, status), refusal)
		c.that("the refusal has a message and a request id", refusal.Message != "" && refusal.RequestID != "", refusal)
		return refusal.Message
	}
}

// turnedDown is refused for a call without a result.
func (c *checks) turnedDown(what string, statuses ...int) func(*godo.Response, error) string {
	return func(response *godo.Response, err error) string {
		return refused[any](c, what, statuses...)(nil, response, err)
	}
}

// gone takes a read of what is not there any more.
func gone[T any](c *checks, what string) func(T, *godo.Response, error) {
	return func(result T, response *godo.Response, err error) {
		refused[T](c, what+" that is gone", 404)(result, response, err)
	}
}

// until looks again and again until the look holds.
func (c *checks) until(what string, look func() bool) {
	for end := time.Now().Add(patience); !look(); time.Sleep(pause) {
		if time.Now().After(end) {
			panic(failed(what + ": not in time"))
		}
	}
	c.that(what, true, nil)
}

// untilGone looks until a read answers 404.
func untilGone[T any](c *checks, what string, read func() (T, *godo.Response, error)) {
	c.until(what+" is gone after a while", func() bool {
		_, response, err := read()
		return err != nil && response != nil && response.StatusCode == 404
	})
}

// listed finds exactly one of the items.
func listed[T any](c *checks, what string, items []T, is func(T) bool) T {
	var found []T
	for _, item := range items {
		if is(item) {
			found = append(found, item)
		}
	}
	c.equal(what+" is listed once", len(found), 1)
	return found[0]
}

func pointer[T any](value T) *T { return &value }
