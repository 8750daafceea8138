/**
 * @file journey.h
 * @brief libjourney: the embeddable library for customer journeys. The only include an application needs.
 */
#ifndef JOURNEY_H
#define JOURNEY_H

#include "journey/base.h"
#include "journey/draw.h"
#include "journey/exec.h"
#include "journey/map.h"
#include "journey/metric.h"
#include "journey/read.h"
#include "journey/report.h"
#include "journey/stat.h"
#include "journey/stream.h"
#include "journey/study.h"
#include "journey/table.h"
#include "journey/time.h"

#endif
